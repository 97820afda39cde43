<?php
// Keeps a copy of a dongtin's articles in a folder. Run it every few minutes, by cron; README.md says how.
// Replace put() and remove() with what your site does. A step may come twice: both must bear that.
$publisher = getenv('PUBLISHER') ?: 'https://tin.example.vn';
$selection = getenv('SELECTION') ?: ''; // such as category=Kinh+tế&language=vi
$token = getenv('TOKEN') ?: '';
$folder = getenv('FOLDER') ?: 'tin';

function put(array $article): void {
    global $folder;
    write("$folder/{$article['key']}.json", json_encode($article, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES));
}

function remove(string $key): void {
    global $folder;
    if (is_file("$folder/$key.json")) unlink("$folder/$key.json");
}

function write(string $path, string $text): void { // whole or not at all
    if (file_put_contents("$path.new", $text) !== strlen($text) || !rename("$path.new", $path)) fail("$path: not written");
}

function fail(string $why): never {
    fwrite(STDERR, "$why\n");
    exit(1);
}

function read(string $cursor): array { // the status and the page
    global $publisher, $selection, $token;
    $query = http_build_query(['after' => $cursor, 'limit' => 500]) . ($selection ? "&$selection" : '');
    $options = ['timeout' => 60, 'ignore_errors' => true, 'header' => $token ? "Authorization: Bearer $token" : ''];
    $answer = @fopen("$publisher/api/v1/changes?$query", 'r', false, stream_context_create(['http' => $options]));
    if (!$answer) fail("$publisher: " . (error_get_last()['message'] ?? 'cannot be reached'));
    $headers = preg_grep('#^HTTP/#', stream_get_meta_data($answer)['wrapper_data']);
    return [(int) explode(' ', end($headers))[1], stream_get_contents($answer)];
}

is_dir($folder) || mkdir($folder);
$lock = fopen("$folder/lock", 'c');
flock($lock, LOCK_EX | LOCK_NB) || fail('another run is under way');
$cursor = is_file("$folder/cursor") ? file_get_contents("$folder/cursor") : '0';
$named = null;
do {
    [$status, $text] = read($cursor);
    if ($status === 410 && $cursor !== '0') { // copy anew; what the new copy does not name goes
        [$cursor, $named, $more] = ['0', [], true];
        continue;
    }
    $page = json_decode($text, true);
    if ($status !== 200 || !isset($page['next'])) fail("HTTP status $status: " . substr($text, 0, 1000)); // the next run asks again
    foreach ($page['changes'] as $step) {
        if (!preg_match('/^[0-9a-z]{26}$/D', $step['key'])) fail('this is not a key');
        $step['type'] === 'put' ? put($step['article']) : remove($step['key']); // removed or withdrawn
        if ($named !== null) $named[$step['key']] = true;
    }
    [$cursor, $more] = [$page['next'], $page['more']];
    if ($named !== null && !$more) {
        foreach (glob("$folder/*.json") as $path) isset($named[basename($path, '.json')]) || remove(basename($path, '.json'));
        $named = null;
    }
    if ($named === null) write("$folder/cursor", $cursor); // after the steps were applied
} while ($more);
