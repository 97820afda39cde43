<?php

if (!defined('NV_IS_MOD_DONGTIN')) {
    exit('Stop!!!');
}

$table = NV_PREFIXLANG . '_' . $module_data . '_rows';
$base_url = NV_BASE_SITEURL . 'index.php?' . NV_LANG_VARIABLE . '=' . NV_LANG_DATA . '&amp;' . NV_NAME_VARIABLE . '=' . $module_name;
$uploads = NV_BASE_SITEURL . NV_UPLOADS_DIR . '/' . $module_upload . '/';
$asked = isset($array_op[0]) ? $array_op[0] : '';
$page_title = $module_info['custom_title'];
$escape = function ($text) {
    return htmlspecialchars((string) $text, ENT_QUOTES);
};
$picture = function ($row) use ($escape, $uploads) {
    return $row['image'] === '' ? '' : '<img class="img-thumbnail" src="' . $escape($uploads . $row['image']) . '" alt="">';
};

if ($asked !== '' and !preg_match('/^page\-(\d+)$/', $asked, $number)) {
    $query = $db_slave->prepare('SELECT * FROM ' . $table . ' WHERE articlekey = :k');
    $query->execute([':k' => $asked]);
    $row = $query->fetch();
    if (empty($row)) {
        nv_redirect_location(NV_BASE_SITEURL . 'index.php?' . NV_LANG_VARIABLE . '=' . NV_LANG_DATA . '&' . NV_NAME_VARIABLE . '=' . $module_name);
    }
    $page_title = $escape($row['title']);
    $contents = '<article><h1>' . $page_title . '</h1><p class="text-muted">' . $escape($row['source']) . ' · ' . nv_date('H:i d/m/Y', $row['published'])
        . ($row['url'] === '' ? '' : ' · <a rel="nofollow" href="' . $escape($row['url']) . '">' . $lang_module['original'] . '</a>') . '</p><p><strong>' . $escape($row['summary']) . '</strong></p>'
        . $picture($row) . $row['bodytext'] . '</article>';
} else {
    $page = empty($number[1]) ? 1 : max(1, (int) $number[1]);
    $count = $db_slave->query('SELECT COUNT(*) FROM ' . $table)->fetchColumn();
    $contents = '<div class="list-group">';
    foreach ($db_slave->query('SELECT * FROM ' . $table . ' ORDER BY published DESC, articlekey LIMIT 20 OFFSET ' . ($page - 1) * 20) as $row) {
        $contents .= '<a class="list-group-item" href="' . $base_url . '&amp;' . NV_OP_VARIABLE . '=' . $row['articlekey'] . '"><h3>' . $escape($row['title']) . '</h3><p>' . $escape($row['summary']) . '</p></a>';
    }
    $contents .= '</div>' . nv_alias_page($page_title, $base_url, $count, 20, $page);
}

include NV_ROOTDIR . '/includes/header.php';
echo nv_site_theme($contents);
include NV_ROOTDIR . '/includes/footer.php';
