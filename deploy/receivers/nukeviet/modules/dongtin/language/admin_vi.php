<?php

if (!defined('NV_MAINFILE')) {
    exit('Stop!!!');
}

$lang_translator['author'] = 'dongtin';
$lang_translator['createdate'] = '28/11/2026, 15:00';
$lang_translator['copyright'] = '';
$lang_translator['info'] = '';
$lang_translator['langtype'] = 'lang_module';

$lang_module['config'] = 'Chép tin từ dongtin';
$lang_module['address'] = 'Địa chỉ nơi phát tin';
$lang_module['category'] = 'Chỉ các chuyên mục này, cách nhau bằng dấu phẩy';
$lang_module['source'] = 'Chỉ các nguồn tin này, cách nhau bằng dấu phẩy';
$lang_module['token'] = 'Mã truy cập, nếu được cấp';
$lang_module['kept'] = 'đã lưu; nhập mã mới để thay';
$lang_module['save'] = 'Lưu';
$lang_module['now'] = 'Chạy ngay';
$lang_module['whole'] = 'Đã chép đủ.';
$lang_module['never'] = 'Chưa chạy lần nào.';
