<?php
/**
 * Makes a post of each article of a dongtin and keeps it so, for `dongtin mirror --exec`: for who has a shell there and no WP-Cron.
 *
 *   dongtin mirror https://tin.example.vn --exec-batch \
 *     --exec 'php take.php /var/www/wordpress https://tin.example.vn'
 *
 * Steps come as JSON, one a line, on standard input. One that cannot be taken ends the run with 1, and comes again.
 */
if (PHP_SAPI !== 'cli' || $argc < 3) {
    fwrite(STDERR, "php take.php FOLDER-OF-WORDPRESS ADDRESS-OF-THE-DONGTIN [name of the posts' author]\n");
    exit(2);
}
$_SERVER += ['HTTP_HOST' => 'localhost', 'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => '/'];
require rtrim($argv[1], '/') . '/wp-load.php';
if (!function_exists('dongtin_put')) {
    require __DIR__ . '/dongtin-mirror/posts.php'; // The plugin is not active, and need not be.
}

$author = get_user_by('login', $argv[3] ?? '');
$first = get_users(['role' => 'administrator', 'orderby' => 'ID', 'number' => 1, 'fields' => 'ID']);
$settings = ['address' => $argv[2], 'into' => 0, 'author' => $author->ID ?? (int) ($first[0] ?? 0), 'gone' => 'trash'];

while (($line = fgets(STDIN)) !== false) {
    $step = json_decode($line, true);
    if (!is_array($step) || !preg_match('/^[0-9a-z]{26}$/', $step['key'] ?? '')) {
        fwrite(STDERR, "this is no step: " . substr($line, 0, 200) . "\n");
        exit(1);
    }
    $said = '';
    if ($step['type'] === 'put') {
        $said = dongtin_put($step['article'], $settings, 0);
    } else {
        dongtin_remove($step['key'], $settings);
    }
    if ($said !== '') {
        fwrite(STDERR, "{$step['key']}: $said\n");
        exit(1);
    }
}
dongtin_fetch_missing($settings);
