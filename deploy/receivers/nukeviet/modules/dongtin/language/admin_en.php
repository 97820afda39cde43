<?php

if (!defined('NV_MAINFILE')) {
    exit('Stop!!!');
}

$lang_translator['author'] = 'dongtin';
$lang_translator['createdate'] = '28/11/2026, 15:00';
$lang_translator['copyright'] = '';
$lang_translator['info'] = '';
$lang_translator['langtype'] = 'lang_module';

$lang_module['config'] = 'Copy the news of a dongtin';
$lang_module['address'] = 'Address of the publisher';
$lang_module['category'] = 'Only these categories, with commas between';
$lang_module['source'] = 'Only these sources, with commas between';
$lang_module['token'] = 'Token, if you were given one';
$lang_module['kept'] = 'kept; write a new one to replace it';
$lang_module['save'] = 'Save';
$lang_module['now'] = 'Run now';
$lang_module['whole'] = 'Everything is copied.';
$lang_module['never'] = 'It has not run yet.';
