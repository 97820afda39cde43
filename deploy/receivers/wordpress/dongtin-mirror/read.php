<?php
defined('ABSPATH') || exit;

/**
 * Reads a page of steps.
 *
 * @return array{0: int, 1: array} The status and the page; of a failure `said`, and `wait` in seconds where it is named.
 */
function dongtin_read(array $settings, string $cursor): array
{
    $query = 'after=' . rawurlencode($cursor) . '&limit=100';
    foreach (['category', 'source'] as $name) {
        foreach (array_filter(array_map('trim', explode(',', $settings[$name]))) as $value) {
            $query .= "&$name=" . rawurlencode($value);
        }
    }
    // The address was named by an administrator, so it may be in a private network.
    $answer = wp_remote_get(untrailingslashit($settings['address']) . '/api/v1/changes?' . $query, [
        'timeout' => 30,
        'redirection' => 0,
        'limit_response_size' => 16 << 20,
        'headers' => $settings['token'] === '' ? [] : ['Authorization' => 'Bearer ' . $settings['token']],
    ]);
    if (is_wp_error($answer)) {
        return [0, ['said' => $answer->get_error_message()]];
    }
    $status = (int) wp_remote_retrieve_response_code($answer);
    $page = json_decode(wp_remote_retrieve_body($answer), true);
    if ($status !== 200) {
        $said = is_array($page) && isset($page['detail']) && is_string($page['detail']) ? $page['detail'] : '';
        $wait = (int) wp_remote_retrieve_header($answer, 'retry-after');
        return [$status, ['said' => substr("HTTP $status $said", 0, 500), 'wait' => min($wait, DAY_IN_SECONDS)]];
    }
    $whole = is_array($page) && isset($page['changes'], $page['next'], $page['more'])
        && is_array($page['changes']) && is_string($page['next']) && strlen($page['next']) <= 100;
    if (!$whole || ($page['more'] && $page['next'] === $cursor)) {
        return [0, ['said' => dongtin_text('What answers there is not a dongtin.', 'Nơi trả lời không phải là dongtin.')]];
    }
    $page['journal'] = (string) wp_remote_retrieve_header($answer, 'dongtin-journal');
    return [200, $page];
}
