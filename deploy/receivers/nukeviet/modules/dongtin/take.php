<?php

// Reads the steps of a dongtin and keeps its articles in a table. Needs PDO only, so it runs outside NukeViet too.

/** The statements that remove the tables. */
function dongtin_drops(string $table): array
{
    return ["DROP TABLE IF EXISTS {$table}_rows", "DROP TABLE IF EXISTS {$table}_config"];
}

/** The statements that make the tables. */
function dongtin_creates(string $table): array
{
    return [
        "CREATE TABLE {$table}_rows (
          articlekey char(26) NOT NULL,
          revision int(11) unsigned NOT NULL,
          title varchar(1000) NOT NULL,
          summary text,
          bodytext mediumtext NOT NULL,
          source varchar(250) NOT NULL DEFAULT '',
          url varchar(2000) NOT NULL DEFAULT '',
          image varchar(255) NOT NULL DEFAULT '',
          imageurl varchar(2000) NOT NULL DEFAULT '',
          published int(11) NOT NULL DEFAULT '0',
          copy int(11) unsigned NOT NULL,
          PRIMARY KEY (articlekey),
          KEY published (published)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
        "CREATE TABLE {$table}_config (
          config_name varchar(30) NOT NULL,
          config_value text NOT NULL,
          PRIMARY KEY (config_name)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    ];
}

/** The settings and the state of the copy, each with a value. */
function dongtin_config(PDO $db, string $table): array
{
    $config = ['address' => '', 'token' => '', 'category' => '', 'source' => '', 'cursor' => '0', 'copy' => '1', 'copying' => '1', 'journal' => '', 'ran' => '0', 'said' => '', 'not_before' => '0'];
    foreach ($db->query("SELECT config_name, config_value FROM {$table}_config")->fetchAll(PDO::FETCH_ASSOC) as $row) {
        $config[$row['config_name']] = $row['config_value'];
    }
    return $config;
}

/** Stores settings or state. */
function dongtin_store(PDO $db, string $table, array $values): void
{
    $query = $db->prepare("REPLACE INTO {$table}_config (config_name, config_value) VALUES (:name, :value)");
    foreach ($values as $name => $value) {
        $query->execute([':name' => $name, ':value' => (string) $value]);
    }
}

/**
 * Takes what is new, for at most 20 seconds; no two runs at once. `$folder` is where pictures go.
 * `$clean` makes HTML harmless once more; dongtin has cleaned it already.
 */
function dongtin_take(PDO $db, string $table, string $folder, callable $clean): string
{
    $lock = $db->query('SELECT GET_LOCK(' . $db->quote(substr($table, 0, 50)) . ', 0)')->fetchColumn();
    if ((int) $lock !== 1) {
        return '';
    }
    try {
        $said = dongtin_take_pages($db, $table, $folder, $clean);
        dongtin_store($db, $table, ['ran' => time(), 'said' => substr($said, 0, 500)]);
        return $said;
    } finally {
        $db->query('SELECT RELEASE_LOCK(' . $db->quote(substr($table, 0, 50)) . ')');
    }
}

function dongtin_take_pages(PDO $db, string $table, string $folder, callable $clean): string
{
    $until = time() + 20;
    do {
        $config = dongtin_config($db, $table);
        if ($config['address'] === '' || time() < (int) $config['not_before']) {
            return $config['said'];
        }
        [$status, $page] = dongtin_read($config);
        $other = $status === 200 && $config['journal'] !== '' && $page['journal'] !== '' && $page['journal'] !== $config['journal'];
        if ($other || ($status === 410 && $config['cursor'] !== '0')) {
            // The position is of another journal or selection: copy anew; what the new copy does not name goes.
            dongtin_store($db, $table, ['cursor' => '0', 'copy' => $config['copy'] + 1, 'copying' => '1', 'journal' => '']);
            $more = true;
            continue;
        }
        if ($status !== 200) {
            dongtin_store($db, $table, ['not_before' => time() + $page['wait']]);
            return $page['said'];
        }
        $more = $page['more'];
        dongtin_apply($db, $table, $folder, $clean, $page, $config);
    } while ($more && time() < $until);
    return '';
}

/** Applies a page and stores its cursor, in one transaction. Pictures go last: a copy too many does no harm. */
function dongtin_apply(PDO $db, string $table, string $folder, callable $clean, array $page, array $config): void
{
    $gone = [];
    $db->beginTransaction();
    try {
        foreach ($page['changes'] as $step) {
            if (!is_array($step) || !preg_match('/^[0-9a-z]{26}$/D', $step['key'] ?? '')) {
                throw new RuntimeException('a step has no key');
            }
            $article = $step['article'] ?? null;
            if (($step['type'] ?? '') !== 'put') {
                $gone[] = dongtin_remove($db, $table, $step['key']);
            } elseif (is_array($article) && ($article['key'] ?? '') === $step['key']) {
                $gone[] = dongtin_put($db, $table, $folder, $clean, $article, $config);
            } else {
                throw new RuntimeException('a step has no article');
            }
        }
        $copying = $config['copying'] === '1';
        if ($copying && !$page['more']) {
            $unnamed = $db->query("SELECT articlekey FROM {$table}_rows WHERE copy <> " . (int) $config['copy'])->fetchAll(PDO::FETCH_COLUMN);
            foreach ($unnamed as $key) {
                $gone[] = dongtin_remove($db, $table, $key);
            }
            $copying = false;
        }
        dongtin_store($db, $table, ['cursor' => $page['next'], 'journal' => $page['journal'], 'copying' => $copying ? '1' : '0']);
        $db->commit();
    } catch (Throwable $error) {
        $db->rollBack();
        throw $error;
    }
    foreach (array_filter($gone) as $file) {
        $query = $db->prepare("SELECT COUNT(*) FROM {$table}_rows WHERE image = :image");
        $query->execute([':image' => $file]);
        if (!$query->fetchColumn() && is_file("$folder/$file")) {
            unlink("$folder/$file");
        }
    }
}

/** Writes an article, in place of an earlier revision. Returns the picture that it showed before. */
function dongtin_put(PDO $db, string $table, string $folder, callable $clean, array $article, array $config): string
{
    $query = $db->prepare("SELECT image, imageurl FROM {$table}_rows WHERE articlekey = :k");
    $query->execute([':k' => $article['key']]);
    $old = $query->fetch(PDO::FETCH_ASSOC) ?: ['image' => '', 'imageurl' => ''];
    $url = dongtin_web($article['image']['url'] ?? '');
    $image = $url !== '' && $url === $old['imageurl'] && $old['image'] !== '' ? $old['image'] : dongtin_picture($url, $folder, $config);
    $query = $db->prepare("REPLACE INTO {$table}_rows
      (articlekey, revision, title, summary, bodytext, source, url, image, imageurl, published, copy)
      VALUES (:k, :revision, :title, :summary, :bodytext, :source, :url, :image, :imageurl, :published, :copy)");
    $query->execute([
        ':k' => $article['key'],
        ':revision' => (int) $article['revision'],
        ':title' => mb_substr((string) $article['title'], 0, 1000),
        ':summary' => (string) ($article['summary'] ?? ''),
        ':bodytext' => $clean((string) ($article['content_html'] ?? '')),
        ':source' => mb_substr((string) ($article['source']['title'] ?? ''), 0, 250),
        ':url' => dongtin_web($article['url'] ?? ''),
        ':image' => $image,
        ':imageurl' => $url,
        ':published' => strtotime($article['published'] ?? '') ?: time(),
        ':copy' => (int) $config['copy'],
    ]);
    return $old['image'] === $image ? '' : $old['image'];
}

/** Deletes an article. Returns the picture that it showed. */
function dongtin_remove(PDO $db, string $table, string $key): string
{
    $query = $db->prepare("SELECT image FROM {$table}_rows WHERE articlekey = :k");
    $query->execute([':k' => $key]);
    $image = (string) $query->fetchColumn();
    $db->prepare("DELETE FROM {$table}_rows WHERE articlekey = :k")->execute([':k' => $key]);
    return $image;
}

/** Copies a picture; its file's name, or nothing if it cannot be had or is none. */
function dongtin_picture(string $url, string $folder, array $config): string
{
    if ($url === '') {
        return '';
    }
    [$status, $bytes] = dongtin_get($url, dongtin_origin($url) === dongtin_origin($config['address']) ? $config['token'] : '');
    $kind = $status === 200 ? @getimagesizefromstring($bytes) : false;
    $endings = [IMAGETYPE_JPEG => 'jpg', IMAGETYPE_PNG => 'png', IMAGETYPE_GIF => 'gif', IMAGETYPE_WEBP => 'webp'];
    if (!$kind || !isset($endings[$kind[2]])) {
        return '';
    }
    $name = hash('sha256', $bytes) . '.' . $endings[$kind[2]];
    return file_put_contents("$folder/$name", $bytes) === strlen($bytes) ? $name : '';
}

/** Reads a page of steps: its status, and the page or what was said. */
function dongtin_read(array $config): array
{
    $query = 'after=' . rawurlencode($config['cursor']) . '&limit=100';
    foreach (['category', 'source'] as $name) {
        foreach (array_filter(array_map('trim', explode(',', $config[$name]))) as $value) {
            $query .= "&$name=" . rawurlencode($value);
        }
    }
    [$status, $body, $headers] = dongtin_get(rtrim($config['address'], '/') . '/api/v1/changes?' . $query, $config['token']);
    $page = json_decode($body, true);
    if ($status !== 200) {
        $said = is_array($page) && is_string($page['detail'] ?? null) ? $page['detail'] : $body;
        return [$status, ['said' => "HTTP $status " . substr($said, 0, 400), 'wait' => min((int) ($headers['retry-after'] ?? 0), 86400)]];
    }
    $whole = is_array($page) && is_array($page['changes'] ?? null) && is_string($page['next'] ?? null) && strlen($page['next']) <= 100 && isset($page['more']);
    if (!$whole || ($page['more'] && $page['next'] === $config['cursor'])) {
        return [0, ['said' => 'not a dongtin (không phải dongtin)', 'wait' => 0]];
    }
    $page['journal'] = (string) ($headers['dongtin-journal'] ?? '');
    return [200, $page];
}

/** One request, without redirects: status, body of 16 MiB at most, headers. Status 0 says that nobody answered. */
function dongtin_get(string $url, string $token): array
{
    $options = ['timeout' => 30, 'ignore_errors' => true, 'follow_location' => 0, 'header' => $token === '' ? '' : "Authorization: Bearer $token"];
    $stream = @fopen($url, 'r', false, stream_context_create(['http' => $options]));
    if (!$stream) {
        return [0, error_get_last()['message'] ?? 'no answer', []];
    }
    $status = 0;
    $headers = [];
    foreach (stream_get_meta_data($stream)['wrapper_data'] as $line) {
        if (preg_match('#^HTTP/\S+ (\d+)#', $line, $found)) {
            [$status, $headers] = [(int) $found[1], []];
        } elseif (strpos($line, ':')) {
            [$name, $value] = explode(':', $line, 2);
            $headers[strtolower($name)] = trim($value);
        }
    }
    return [$status, (string) stream_get_contents($stream, 16 << 20), $headers];
}

/** An address if it is http or https, else nothing. */
function dongtin_web($url): string
{
    return is_string($url) && preg_match('#^https?://#i', $url) && strlen($url) <= 2000 ? $url : '';
}

function dongtin_origin(string $url): string
{
    $parts = parse_url($url) ?: [];
    return strtolower(($parts['scheme'] ?? '') . '://' . ($parts['host'] ?? '') . ':' . ($parts['port'] ?? ''));
}
