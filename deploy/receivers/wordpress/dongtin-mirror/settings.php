<?php
defined('ABSPATH') || exit;

add_action('admin_menu', function () {
    add_options_page('Dongtin Mirror', 'Dongtin Mirror', 'manage_options', 'dongtin-mirror', 'dongtin_page');
});

add_action('admin_post_dongtin_save', function () {
    dongtin_allowed('dongtin_save');
    $old = dongtin_settings();
    $sent = wp_unslash($_POST);
    $text = function (string $name) use ($sent): string {
        return isset($sent[$name]) && is_string($sent[$name]) ? sanitize_text_field($sent[$name]) : '';
    };
    $new = [
        'address' => untrailingslashit(esc_url_raw($text('address'), ['http', 'https'])),
        'token' => $text('token') !== '' ? $text('token') : $old['token'],
        'category' => $text('category'),
        'source' => $text('source'),
        'into' => absint($text('into')),
        'author' => get_current_user_id(),
        'gone' => $text('gone') === 'draft' ? 'draft' : 'trash',
    ];
    update_option(DONGTIN_OPTION, $new, false);
    if ($new['address'] !== $old['address']) {
        // Another publisher: copy anew; the posts of the old one go when the new copy is whole.
        $state = dongtin_state();
        dongtin_save(['copy' => $state['copy'] + 1], '');
    }
    dongtin_back();
});

add_action('admin_post_dongtin_now', function () {
    dongtin_allowed('dongtin_now');
    dongtin_run();
    dongtin_back();
});

/** Ends the request unless an administrator sent it from the page. */
function dongtin_allowed(string $action): void
{
    if (!current_user_can('manage_options')) {
        wp_die(esc_html(dongtin_text('Only administrators may do this.', 'Chỉ quản trị viên được làm việc này.')), '', 403);
    }
    check_admin_referer($action);
}

function dongtin_back(): void
{
    wp_safe_redirect(admin_url('options-general.php?page=dongtin-mirror'));
    exit;
}

function dongtin_page(): void
{
    $settings = dongtin_settings();
    $state = dongtin_state();
    $rows = [
        'address' => [dongtin_text('Address of the publisher', 'Địa chỉ nơi phát tin'), $settings['address'], 'https://tin.example.vn'],
        'category' => [dongtin_text('Only these categories, with commas between', 'Chỉ các chuyên mục này, cách nhau bằng dấu phẩy'), $settings['category'], ''],
        'source' => [dongtin_text('Only these sources, with commas between', 'Chỉ các nguồn tin này, cách nhau bằng dấu phẩy'), $settings['source'], ''],
    ];
    $kept = dongtin_text('kept; write a new one to replace it', 'đã lưu; nhập mã mới để thay');
    $gone = ['trash' => dongtin_text('into the trash', 'chuyển vào thùng rác'), 'draft' => dongtin_text('unpublished as a draft', 'gỡ xuống thành bản nháp')];
    ?>
    <div class="wrap">
      <h1>Dongtin Mirror</h1>
      <form method="post" action="<?php echo esc_url(admin_url('admin-post.php')); ?>">
        <input type="hidden" name="action" value="dongtin_save">
        <?php wp_nonce_field('dongtin_save'); ?>
        <table class="form-table">
        <?php foreach ($rows as $name => [$label, $value, $hint]) : ?>
          <tr><th><label for="<?php echo esc_attr($name); ?>"><?php echo esc_html($label); ?></label></th>
          <td><input class="regular-text" id="<?php echo esc_attr($name); ?>" name="<?php echo esc_attr($name); ?>" value="<?php echo esc_attr($value); ?>" placeholder="<?php echo esc_attr($hint); ?>"></td></tr>
        <?php endforeach; ?>
          <tr><th><label for="token"><?php echo esc_html(dongtin_text('Token, if you were given one', 'Mã truy cập, nếu được cấp')); ?></label></th>
          <td><input class="regular-text" type="password" autocomplete="off" id="token" name="token" placeholder="<?php echo esc_attr($settings['token'] === '' ? '' : $kept); ?>"></td></tr>
          <tr><th><label for="into"><?php echo esc_html(dongtin_text('Also file every post under', 'Xếp mọi bài thêm vào')); ?></label></th>
          <td><?php wp_dropdown_categories(['name' => 'into', 'id' => 'into', 'selected' => $settings['into'], 'hide_empty' => false, 'show_option_none' => '—', 'option_none_value' => 0]); ?></td></tr>
          <tr><th><label for="gone"><?php echo esc_html(dongtin_text('A removed or withdrawn article goes', 'Bài bị gỡ hoặc thu hồi thì')); ?></label></th>
          <td><select id="gone" name="gone"><?php foreach ($gone as $value => $label) : ?>
            <option value="<?php echo esc_attr($value); ?>" <?php selected($settings['gone'], $value); ?>><?php echo esc_html($label); ?></option>
          <?php endforeach; ?></select></td></tr>
        </table>
        <?php submit_button(dongtin_text('Save', 'Lưu')); ?>
      </form>
      <h2><?php echo esc_html(dongtin_text('The copy', 'Bản sao')); ?></h2>
      <p><?php echo esc_html($state['ran'] ? sprintf(dongtin_text('Last run: %s', 'Lần chạy gần nhất: %s'), wp_date('Y-m-d H:i:s', $state['ran'])) : dongtin_text('It has not run yet.', 'Chưa chạy lần nào.')); ?>
      <?php echo esc_html($state['said'] !== '' ? $state['said'] : ($state['ran'] && !$state['copying'] ? dongtin_text('Everything is copied.', 'Đã chép đủ.') : '')); ?></p>
      <form method="post" action="<?php echo esc_url(admin_url('admin-post.php')); ?>">
        <input type="hidden" name="action" value="dongtin_now">
        <?php wp_nonce_field('dongtin_now'); ?>
        <?php submit_button(dongtin_text('Run now', 'Chạy ngay'), 'secondary', 'submit', false); ?>
      </form>
    </div>
    <?php
}
