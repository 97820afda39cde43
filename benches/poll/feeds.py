"""Distinct Vietnamese feeds of 20 to 50 entries, about 40 KB each; the same number gives the same feed."""
import os, random, zlib

WORDS = """tỉnh huyện xã phường thị trấn ủy ban nhân dân hội đồng sở y tế giáo dục giao thông nông nghiệp phát triển
kinh tế xã hội văn hóa du lịch môi trường đầu tư xây dựng dự án công trình đường cầu trường học bệnh viện chợ
người dân hộ gia đình cán bộ chiến sĩ đoàn viên thanh niên phụ nữ nông dân doanh nghiệp hợp tác khởi công khánh
thành tổ chức tham gia kiểm tra báo cáo kế hoạch năm tháng ngày triệu đồng nghìn tấn hécta lúa ngô cam bưởi mía
sản xuất tiêu thụ hỗ trợ chính sách nghị quyết chỉ thị công tác phòng chống thiên tai dịch bệnh an toàn giao lưu""".split()
TEXT = 1050  # characters of an entry's text


def sentence(chance, length):
    words = [chance.choice(WORDS) for _ in range(length)]
    return " ".join(words).capitalize() + "."


def paragraph(chance, size):
    text = ""
    while len(text) < size:
        text += sentence(chance, chance.randint(9, 22)) + " "
    return text.strip()


def entries(number):
    return 20 + zlib.crc32(b"%d" % number) % 31


def average(count):
    return sum(entries(number) for number in range(count)) / count


def item(number, place):
    chance = random.Random(number * 1000 + place)
    title = sentence(chance, 11)[:-1]
    # Entries share about 40 KB, so a longer list has shorter texts.
    size = 40_000 // entries(number)
    lead, body = paragraph(chance, size // 6), paragraph(chance, size // 4)
    day, hour = 1 + place % 28, place % 24
    return (f"<item><title>{title}</title><link>https://cong{number}.example.vn/tin-tuc/bai-{place}-{number}.html</link>"
            f'<guid isPermaLink="false">news_{place}</guid><pubDate>{day:02d} Jun 2026 {hour:02d}:15:00 +0700</pubDate>'
            f"<category>Tin trong tỉnh</category><description><![CDATA[<p><img src=\"/anh/{number}-{place}.jpg\" alt=\"\" />"
            f"{lead}</p><p>{body}</p>]]></description></item>\n")


def write(root, number, more=0):
    """Writes one feed with so many entries more than it began with; its size."""
    many = entries(number)
    items = "".join(item(number, place) for place in reversed(range(more, many + more)))
    text = (f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>Cổng thông tin {number}</title>'
            f"<link>https://cong{number}.example.vn/</link><description>Tin tức</description><language>vi</language>\n"
            f"{items}</channel></rss>\n").encode()
    path = os.path.join(root, f"{number}.xml")
    with open(path + ".new", "wb") as file:
        file.write(text)
    os.replace(path + ".new", path)
    return len(text)
