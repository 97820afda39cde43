<?php
defined('ABSPATH') || exit;

/** The posts of an article; more than one only if somebody copied the post. */
function dongtin_posts(string $key): array
{
    return get_posts([
        'post_type' => 'post', 'post_status' => ['publish', 'draft', 'pending', 'private', 'future', 'trash'],
        'numberposts' => -1, 'fields' => 'ids', 'orderby' => 'ID', 'order' => 'ASC',
        'meta_key' => '_dongtin_key', 'meta_value' => $key, 'suppress_filters' => true,
    ]);
}

/** Writes an article, in place of an earlier revision. Returns what could not be done, in words, or an empty text. */
function dongtin_put(array $article, array $settings, int $copy): string
{
    $posts = dongtin_posts($article['key']);
    $at = min(strtotime($article['published'] ?? '') ?: time(), time());
    $post = [
        'post_title' => sanitize_text_field($article['title'] ?? ''),
        'post_content' => wp_kses_post($article['content_html'] ?? ''),
        'post_excerpt' => sanitize_textarea_field($article['summary'] ?? ''),
        'post_status' => 'publish',
        'post_author' => $settings['author'],
        'post_date' => get_date_from_gmt(gmdate('Y-m-d H:i:s', $at)),
        'post_date_gmt' => gmdate('Y-m-d H:i:s', $at),
        'post_category' => dongtin_categories($article, $settings),
    ];
    if ($posts) {
        if (get_post_status($posts[0]) === 'trash') {
            wp_untrash_post($posts[0]);
        }
        $post['ID'] = $posts[0];
    }
    $id = wp_insert_post(wp_slash($post), true);
    if (is_wp_error($id)) {
        return $id->get_error_message();
    }
    $url = esc_url_raw($article['url'] ?? '', ['http', 'https']);
    $meta = ['key' => $article['key'], 'copy' => $copy, 'revision' => (int) $article['revision'], 'url' => $url];
    foreach ($meta as $name => $value) {
        update_post_meta($id, "_dongtin_$name", $value);
    }
    dongtin_picture($id, $article['image']['url'] ?? '', $settings);
    return '';
}

/** The ids of an article's categories, which are made where there are none of these names. */
function dongtin_categories(array $article, array $settings): array
{
    $ids = $settings['into'] ? [(int) $settings['into']] : [];
    foreach (array_slice($article['categories'] ?? [], 0, 10) as $category) {
        $name = sanitize_text_field($category['label'] ?? $category['term'] ?? '');
        if ($name === '') {
            continue;
        }
        $term = term_exists($name, 'category') ?: wp_insert_term($name, 'category');
        if (!is_wp_error($term)) {
            $ids[] = (int) $term['term_id'];
        }
    }
    return array_unique($ids);
}

/** Gives a post its picture. One that cannot be fetched now is tried again by the next ten runs. */
function dongtin_picture(int $id, string $url, array $settings): void
{
    $url = esc_url_raw($url, ['http', 'https']);
    $has = get_post_thumbnail_id($id);
    if ($has && get_post_meta($id, '_dongtin_picture', true) === $url) {
        return;
    }
    dongtin_drop_picture($id);
    $missing = (array) get_post_meta($id, '_dongtin_missing', true);
    delete_post_meta($id, '_dongtin_missing');
    if ($url === '') {
        return;
    }
    foreach (['file', 'media', 'image'] as $part) {
        require_once ABSPATH . "wp-admin/includes/$part.php";
    }
    $file = dongtin_with_publisher($settings, function () use ($url) {
        return download_url($url, 30);
    });
    if (is_wp_error($file)) {
        $tries = ($missing['url'] ?? '') === $url ? $missing['tries'] + 1 : 1;
        if ($tries <= 10) {
            update_post_meta($id, '_dongtin_missing', ['url' => $url, 'tries' => $tries]);
        }
        return;
    }
    $endings = ['image/jpeg' => 'jpg', 'image/png' => 'png', 'image/gif' => 'gif', 'image/webp' => 'webp'];
    $ending = $endings[wp_get_image_mime($file) ?: ''] ?? '';
    $picture = $ending === '' ? 0 : media_handle_sideload(['name' => 'dongtin-' . sha1_file($file) . ".$ending", 'tmp_name' => $file], $id);
    if (is_file($file)) {
        wp_delete_file($file);
    }
    if ($picture && !is_wp_error($picture)) {
        update_post_meta($picture, '_dongtin_file', 1);
        set_post_thumbnail($id, $picture);
        update_post_meta($id, '_dongtin_picture', $url);
    }
}

/** Tries pictures again that could not be fetched. */
function dongtin_fetch_missing(array $settings): void
{
    $posts = get_posts(['post_type' => 'post', 'post_status' => 'publish', 'numberposts' => 10, 'fields' => 'ids', 'meta_key' => '_dongtin_missing', 'orderby' => 'rand', 'suppress_filters' => true]);
    foreach ($posts as $id) {
        $missing = (array) get_post_meta($id, '_dongtin_missing', true);
        dongtin_picture($id, (string) ($missing['url'] ?? ''), $settings);
    }
}

/** Deletes the picture that was copied for a post. One that somebody chose by hand stays. */
function dongtin_drop_picture(int $id): void
{
    $picture = get_post_thumbnail_id($id);
    if ($picture && get_post_meta($picture, '_dongtin_file', true)) {
        wp_delete_attachment($picture, true);
    }
    delete_post_meta($id, '_dongtin_picture');
}

/** Runs something while the publisher's own host counts as one that may be asked, also in a private network. */
function dongtin_with_publisher(array $settings, callable $run)
{
    $host = wp_parse_url($settings['address'], PHP_URL_HOST);
    $port = wp_parse_url($settings['address'], PHP_URL_PORT);
    $is_ours = function ($is, $asked) use ($host) {
        return $is || $asked === $host;
    };
    $ports = function ($ports, $asked) use ($host, $port) {
        return $port && $asked === $host ? array_merge($ports, [$port]) : $ports;
    };
    add_filter('http_request_host_is_external', $is_ours, 10, 2);
    add_filter('http_allowed_safe_ports', $ports, 10, 2);
    try {
        return $run();
    } finally {
        remove_filter('http_request_host_is_external', $is_ours, 10);
        remove_filter('http_allowed_safe_ports', $ports, 10);
    }
}

/** Takes the posts of an article from the readers, and its picture from the disk. */
function dongtin_remove(string $key, array $settings): void
{
    foreach (dongtin_posts($key) as $id) {
        dongtin_drop_picture($id);
        if ($settings['gone'] === 'draft') {
            wp_update_post(['ID' => $id, 'post_status' => 'draft']);
        } elseif (get_post_status($id) !== 'trash') {
            wp_trash_post($id);
        }
    }
}
