<?php
defined('ABSPATH') || exit;

/** Takes what is new, for at most 20 seconds; no two runs at once. */
function dongtin_run(): void
{
    global $wpdb;
    $settings = dongtin_settings();
    $state = dongtin_state();
    if ($settings['address'] === '' || time() < $state['not_before']) {
        return;
    }
    // The database gives the lock back when the process ends, however it ends.
    $lock = substr($wpdb->prefix . 'dongtin_' . md5(DB_NAME), 0, 64);
    if ((int) $wpdb->get_var($wpdb->prepare('SELECT GET_LOCK(%s, 0)', $lock)) !== 1) {
        return;
    }
    try {
        dongtin_take($settings);
    } finally {
        $wpdb->get_var($wpdb->prepare('SELECT RELEASE_LOCK(%s)', $lock));
    }
}

function dongtin_take(array $settings): void
{
    wp_cache_delete(DONGTIN_STATE, 'options');
    $state = dongtin_state();
    $until = time() + 20;
    do {
        [$status, $page] = dongtin_read($settings, $state['cursor']);
        $other = $status === 200 && $state['journal'] !== '' && $page['journal'] !== '' && $page['journal'] !== $state['journal'];
        if ($other || ($status === 410 && $state['cursor'] !== '0')) {
            // The position is of another journal or selection: copy anew; what the new copy does not name goes.
            $state = array_merge($state, ['cursor' => '0', 'copy' => $state['copy'] + 1, 'copying' => true, 'journal' => '']);
            dongtin_save($state, dongtin_text('Copying anew.', 'Đang chép lại từ đầu.'));
            continue;
        }
        if ($status !== 200) {
            $state['not_before'] = time() + ($page['wait'] ?? 0);
            dongtin_save($state, $page['said']);
            return;
        }
        $said = dongtin_apply($page, $settings, $state);
        if ($said !== '') {
            dongtin_save($state, $said); // The page comes again with the next run.
            return;
        }
        if ($state['copying'] && !$page['more']) {
            dongtin_remove_unnamed($settings, $state['copy']);
            $state['copying'] = false;
        }
        $state['cursor'] = $page['next'];
        $state['journal'] = $page['journal'];
        dongtin_save($state, '');
    } while (($status !== 200 || $page['more']) && time() < $until);
    if (empty($page['more'])) {
        dongtin_fetch_missing($settings);
    }
    if ($state['copying'] || !empty($page['more'])) {
        wp_schedule_single_event(time() + 5, DONGTIN_EVENT, ['more']);
    }
}

/** Applies the steps of a page; a step that comes twice does no harm. Returns what failed, or an empty text. */
function dongtin_apply(array $page, array $settings, array $state): string
{
    foreach ($page['changes'] as $step) {
        if (!is_array($step) || !preg_match('/^[0-9a-z]{26}$/D', $step['key'] ?? '')) {
            return dongtin_text('A step has no key.', 'Có bước không có khóa.');
        }
        if (($step['type'] ?? '') === 'put') {
            $article = $step['article'] ?? null;
            if (!is_array($article) || ($article['key'] ?? '') !== $step['key']) {
                return dongtin_text('A step has no article.', 'Có bước không có tin bài.');
            }
            $said = dongtin_put($article, $settings, $state['copy']);
            if ($said !== '') {
                return $said;
            }
        } else {
            dongtin_remove($step['key'], $settings);
        }
    }
    return '';
}

/** Removes the posts that a copy from the start did not name. */
function dongtin_remove_unnamed(array $settings, int $copy): void
{
    $posts = get_posts([
        'post_type' => 'post', 'post_status' => ['publish', 'pending', 'private', 'future'],
        'numberposts' => -1, 'fields' => 'ids', 'suppress_filters' => true,
        'meta_query' => [['key' => '_dongtin_copy', 'value' => $copy, 'compare' => '!=', 'type' => 'NUMERIC']],
    ]);
    foreach ($posts as $id) {
        dongtin_remove((string) get_post_meta($id, '_dongtin_key', true), $settings);
    }
}

function dongtin_save(array $state, string $said): void
{
    update_option(DONGTIN_STATE, array_merge($state, ['ran' => time(), 'said' => sanitize_text_field($said)]), false);
}
