<?php

if (!defined('NV_IS_FILE_MODULES')) {
    exit('Stop!!!');
}

require_once NV_ROOTDIR . '/modules/' . $module_file . '/take.php';

$dongtin_table = $db_config['prefix'] . '_' . $lang . '_' . $module_data;
$sql_drop_module = dongtin_drops($dongtin_table);
$sql_create_module = array_merge($sql_drop_module, dongtin_creates($dongtin_table));
