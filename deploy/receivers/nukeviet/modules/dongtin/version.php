<?php

if (!defined('NV_ADMIN') or !defined('NV_MAINFILE')) {
    exit('Stop!!!');
}

$module_version = [
    'name' => 'Dongtin',
    'modfuncs' => 'main',
    'is_sysmod' => 0,
    'virtual' => 0,
    'version' => '4.5.00',
    'date' => 'Saturday, November 28, 2026 4:00:00 PM GMT+07:00',
    'author' => 'dongtin',
    'note' => 'Giữ tin bài của một dongtin / keeps the articles of a dongtin',
    'uploads_dir' => [$module_upload]
];
