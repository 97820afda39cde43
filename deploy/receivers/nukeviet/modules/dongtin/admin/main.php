<?php

if (!defined('NV_IS_FILE_ADMIN')) {
    exit('Stop!!!');
}

require_once NV_ROOTDIR . '/modules/' . $module_file . '/take.php';
require_once NV_ROOTDIR . '/includes/cronjobs/dongtin.php';

$page_title = $lang_module['config'];
$table = NV_PREFIXLANG . '_' . $module_data;
$action = NV_BASE_ADMINURL . 'index.php?' . NV_LANG_VARIABLE . '=' . NV_LANG_DATA . '&amp;' . NV_NAME_VARIABLE . '=' . $module_name;
$checkss = md5(NV_CHECK_SESSION . '_' . $module_name . '_' . $admin_info['userid']);
$config = dongtin_config($db, $table);

if ($checkss === $nv_Request->get_string('checkss', 'post')) {
    if ($nv_Request->isset_request('now', 'post')) {
        cron_dongtin($module_name);
    } else {
        $new = [];
        foreach (['address', 'category', 'source'] as $name) {
            $new[$name] = $nv_Request->get_title($name, 'post', '');
        }
        $new['address'] = dongtin_web($new['address']);
        $token = $nv_Request->get_title('token', 'post', '');
        if ($token !== '') {
            $new['token'] = $token;
        }
        if ($new['address'] !== $config['address']) {
            $new += ['cursor' => '0', 'copy' => $config['copy'] + 1, 'copying' => '1', 'journal' => '', 'not_before' => '0'];
        }
        dongtin_store($db, $table, $new);
    }
    nv_redirect_location(str_replace('&amp;', '&', $action));
}

$escape = function ($text) {
    return htmlspecialchars((string) $text, ENT_QUOTES);
};
$contents = '<form method="post" action="' . $action . '"><input type="hidden" name="checkss" value="' . $checkss . '">';
foreach (['address', 'category', 'source'] as $name) {
    $contents .= '<div class="form-group"><label>' . $lang_module[$name] . '</label><input class="form-control" name="' . $name . '" value="' . $escape($config[$name]) . '"></div>';
}
$contents .= '<div class="form-group"><label>' . $lang_module['token'] . '</label><input class="form-control" type="password" autocomplete="off" name="token" placeholder="' . ($config['token'] === '' ? '' : $lang_module['kept']) . '"></div>'
    . '<button class="btn btn-primary">' . $lang_module['save'] . '</button> <button class="btn btn-default" name="now" value="1">' . $lang_module['now'] . '</button></form>'
    . '<p>' . ($config['ran'] ? nv_date('H:i d/m/Y', $config['ran']) . ' ' . $escape($config['said'] !== '' ? $config['said'] : ($config['copying'] ? '' : $lang_module['whole'])) : $lang_module['never']) . '</p>';

include NV_ROOTDIR . '/includes/header.php';
echo nv_admin_theme($contents);
include NV_ROOTDIR . '/includes/footer.php';
