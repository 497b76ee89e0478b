/* SPDX-License-Identifier: ISC */
#include "app/script_words.h"
#include "base/must.h"
#include "test/test.h"

/* A message with its words parted by spaces; the number of arguments first. */
static const char *text_of_message(const uint8_t *message, size_t n)
{
	static char text[SCRIPT_MESSAGE_MAX + 4];

	snprintf(text, sizeof text, "%u", message[0]);
	for (size_t i = 1; i < n; i++) {
		text[i] = message[i] ? (char)message[i] : ' ';
		text[i + 1] = '\0';
	}
	return text;
}

static const char *told(const struct script_told *t)
{
	uint8_t message[SCRIPT_MESSAGE_MAX];

	return text_of_message(message, script_words(t, message));
}

static struct lease lease_of(const char *name)
{
	static const uint8_t id[] = { 0xff, 0x01 };
	struct lease l = { .name = name, .expires_s = 1000, .clid = id };

	must(addr_parse("192.0.2.7", &l.addr) && hwaddr_parse("02:00:00:00:00:01", &l.hw));
	return l;
}

TEST(the_script_is_told_what_dnsmasq_tells)
{
	struct lease named = lease_of("pc"), nameless = lease_of(NULL), with_id = lease_of(NULL),
		     endless = lease_of(NULL), token_ring = lease_of(NULL);
	const struct script_told plain = { .lease = &nameless, .domain = "lan", .wall_s = 400 };
	struct script_told t = plain;

	CHECK_TEXT(told(&t), "3add 02:00:00:00:00:01 192.0.2.7 DNSMASQ_LEASE_EXPIRES=1000 "
			     "DNSMASQ_TIME_REMAINING=600 DNSMASQ_DATA_MISSING=1 ");
	t.lease = &named;
	t.facts = span_of("TAGS=a b\0VENDOR_CLASS=v", 24);
	t.interface = "eth0";
	t.log_dhcp = true;
	CHECK_TEXT(told(&t), "4add 02:00:00:00:00:01 192.0.2.7 pc DNSMASQ_INTERFACE=eth0 "
			     "DNSMASQ_LEASE_EXPIRES=1000 DNSMASQ_TIME_REMAINING=600 DNSMASQ_DOMAIN=lan "
			     "DNSMASQ_LOG_DHCP=1 DNSMASQ_TAGS=a b DNSMASQ_VENDOR_CLASS=v ");
	t = plain;			/* it lost a name: that is told without the new one */
	t.action = SCRIPT_OLD;
	t.lease = &named;
	t.old_name = "old";
	CHECK_TEXT(told(&t), "3old 02:00:00:00:00:01 192.0.2.7 DNSMASQ_LEASE_EXPIRES=1000 "
			     "DNSMASQ_TIME_REMAINING=600 DNSMASQ_DOMAIN=lan DNSMASQ_OLD_HOSTNAME=old "
			     "DNSMASQ_DATA_MISSING=1 ");
	t = plain;			/* nothing remains of what ended */
	t.action = SCRIPT_DEL;
	t.lease = &with_id;
	with_id.clid_len = 2;
	CHECK_TEXT(told(&t), "3del 02:00:00:00:00:01 192.0.2.7 DNSMASQ_LEASE_EXPIRES=1000 "
			     "DNSMASQ_CLIENT_ID=ff:01 DNSMASQ_DATA_MISSING=1 ");
	t = plain;
	t.lease = &endless;
	endless.expires_s = 0;
	CHECK_TEXT(told(&t), "3add 02:00:00:00:00:01 192.0.2.7 DNSMASQ_LEASE_EXPIRES=0 "
			     "DNSMASQ_DATA_MISSING=1 ");
	t.lease = &token_ring;
	token_ring.hw.type = 6;
	CHECK_TEXT(told(&t), "3add 06-02:00:00:00:00:01 192.0.2.7 DNSMASQ_LEASE_EXPIRES=1000 "
			     "DNSMASQ_TIME_REMAINING=600 DNSMASQ_DATA_MISSING=1 ");
}

TEST(the_script_is_told_of_a_file_that_was_sent)
{
	uint8_t message[SCRIPT_MESSAGE_MAX];
	struct addr to;

	must(addr_parse("192.0.2.7", &to));
	CHECK_TEXT(text_of_message(message, script_words_tftp(1234, &to, "/srv/x y", message)),
		   "4tftp 1234 192.0.2.7 /srv/x y ");
}
