<?php

if (!defined('NV_MAINFILE')) {
    exit('Stop!!!');
}

$lang_translator['author'] = 'dongtin';
$lang_translator['createdate'] = '28/11/2026, 15:00';
$lang_translator['copyright'] = '';
$lang_translator['info'] = '';
$lang_translator['langtype'] = 'lang_module';

$lang_module['original'] = 'Bản gốc';
