<?php
// nukeviet.php SOCKET ADDRESS FOLDER: one run of the NukeViet module's reader on a database; prints its rows as JSON.
// The pages around it need NukeViet itself, which no package registry has.
[, $socket, $address, $folder] = $argv;
require __DIR__ . '/../../deploy/receivers/nukeviet/modules/dongtin/take.php';
$options = [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION];
$db = new PDO("mysql:unix_socket=$socket;dbname=nukeviet;charset=utf8mb4", 'root', '', $options);
$table = 'nv4_vi_dongtin';
if (!$db->query("SHOW TABLES LIKE '{$table}_rows'")->fetch()) {
    foreach (array_merge(dongtin_drops($table), dongtin_creates($table)) as $statement) {
        $db->exec($statement);
    }
}
dongtin_store($db, $table, ['address' => $address, 'category' => 'Kinh tế', 'not_before' => '0']);
$said = dongtin_take($db, $table, $folder, 'strval');
$rows = $db->query("SELECT articlekey, title, bodytext, image, published FROM {$table}_rows ORDER BY title")->fetchAll(PDO::FETCH_ASSOC);
echo json_encode(['said' => $said, 'rows' => $rows]);
