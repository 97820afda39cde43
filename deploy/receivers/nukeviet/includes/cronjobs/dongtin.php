<?php

if (!defined('NV_MAINFILE')) {
    exit('Stop!!!');
}

/**
 * cron_dongtin()
 *
 * @param string $module the module's name, where it is another one than `dongtin`
 * @return bool
 */
function cron_dongtin($module = 'dongtin')
{
    global $db, $nv_Request, $site_mods;
    if (!isset($site_mods[$module]) or $site_mods[$module]['module_file'] !== 'dongtin') {
        return false;
    }
    require_once NV_ROOTDIR . '/modules/dongtin/take.php';
    $table = NV_PREFIXLANG . '_' . $site_mods[$module]['module_data'];
    $folder = NV_UPLOADS_REAL_DIR . '/' . $site_mods[$module]['module_upload'];
    is_dir($folder) or mkdir($folder);
    try {
        // The filter that NukeViet has for what a reader sends.
        dongtin_take($db, $table, $folder, [$nv_Request, 'security_post']);
    } catch (Throwable $error) {
        // Said on the settings page; the next run tries again, so the job must not be switched off.
        dongtin_store($db, $table, ['ran' => time(), 'said' => substr($error->getMessage(), 0, 500)]);
    }
    return true;
}
