<?php
defined('WP_UNINSTALL_PLUGIN') || exit;

// The posts stay: they are the site's.
delete_option('dongtin_mirror');
delete_option('dongtin_mirror_state');
