<?php
/**
 * Plugin Name: Dongtin Mirror
 * Description: Keeps the articles of a dongtin as posts: new ones, corrections, withdrawals and pictures. Giữ tin bài của một dongtin thành bài viết: tin mới, đính chính, thu hồi, ảnh.
 * Version: 0.1.0
 * Requires at least: 6.0
 * Requires PHP: 7.4
 * License: MIT OR Apache-2.0
 */

defined('ABSPATH') || exit;

const DONGTIN_OPTION = 'dongtin_mirror';
const DONGTIN_STATE = 'dongtin_mirror_state';
const DONGTIN_EVENT = 'dongtin_mirror_run';

require __DIR__ . '/read.php';
require __DIR__ . '/posts.php';
require __DIR__ . '/run.php';
require __DIR__ . '/settings.php';

/** A text in the language of the person who reads it. */
function dongtin_text(string $english, string $vietnamese): string
{
    return strpos(get_user_locale(), 'vi') === 0 ? $vietnamese : $english;
}

/** The settings, each with a value. */
function dongtin_settings(): array
{
    $none = ['address' => '', 'token' => '', 'category' => '', 'source' => '', 'into' => 0, 'author' => 0, 'gone' => 'trash'];
    return array_merge($none, (array) get_option(DONGTIN_OPTION, []));
}

/** Where the copy goes on, and what the last run said. */
function dongtin_state(): array
{
    $none = ['cursor' => '0', 'copy' => 1, 'copying' => true, 'journal' => '', 'ran' => 0, 'said' => '', 'not_before' => 0];
    return array_merge($none, (array) get_option(DONGTIN_STATE, []));
}

register_activation_hook(__FILE__, function () {
    add_option(DONGTIN_OPTION, [], '', false);
    add_option(DONGTIN_STATE, [], '', false);
});

register_deactivation_hook(__FILE__, function () {
    wp_unschedule_hook(DONGTIN_EVENT);
});

add_filter('cron_schedules', function ($schedules) {
    $schedules['dongtin'] = ['interval' => 300, 'display' => 'Dongtin'];
    return $schedules;
});

add_action('init', function () {
    if (!wp_next_scheduled(DONGTIN_EVENT)) {
        wp_schedule_event(time(), 'dongtin', DONGTIN_EVENT);
    }
});

add_action(DONGTIN_EVENT, 'dongtin_run');
