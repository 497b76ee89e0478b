/* SPDX-License-Identifier: ISC */
/*
 * What block lists are to the other things that answer.
 */
#include "base/must.h"
#include "base/text.h"
#include "dns/blocks_lab_test.h"
#include "dns/data.h"
#include "dns/rrtypes.h"
#include "net/sim.h"
#include "store/lease_tags.h"
#include "test/test.h"

struct here {
	struct conf *conf;
	struct loop *loop;
	struct lab_files files;
	struct dns_data *data;
	struct lease_tags *tags;
};

static struct local_verdict verdict;

static const struct lab_file files[] = {
	{ "ads", "||ads.example^\n||tv.ads.example^\nbox.lan\nwww.lan\nsynth-192-0-2-1.lan\n"
		 "||example.org^\n||free.example^\n@@||fine.free.example^\n" },
	{ "kids", "games.example\n" },
	{ "hosts", "192.0.2.7 hosted.ads.example\n" },
};

static void ignore(void *arg, const struct origin *o, const char *what)
{
	(void)arg;
	(void)o;
	(void)what;
}

static void begin(struct here *h, const char *lines)
{
	static const struct conf_section *const sections[] = {
		&lan_section, &dns_upstream_section, &dns_record_section, &dns_filter_section,
		&dns_auth_section,
	};
	struct dns_reading how = { .bad = ignore };

	*h = (struct here){ .loop = sim_new(3), .files = lab_files_of(files, COUNT_OF(files)),
			    .conf = conf_new(sections, COUNT_OF(sections), NULL),
			    .tags = lease_tags_new() };
	conf_read_text(h->conf, "f", span_text("no-resolv\nno-hosts\nserver=192.0.2.53\n"));
	conf_read_text(h->conf, "f", span_text(lines));
	conf_check(h->conf);
	CHECK_EQ(conf_errors(h->conf), 0);
	how.from = &h->files.files;
	h->data = dns_data_read(dns_conf_of(h->conf), conf_section(h->conf, &lan_section), &how);
}

static void end(struct here *h)
{
	dns_data_free(h->data);
	lease_tags_free(h->tags);
	conf_free(h->conf);
	sim_free(h->loop);
}

/* What is decided, with the list where one blocked: "NOERROR 0.0.0.0 ads:1", "asks". */
static const char *answer(struct here *h, const char *name, uint16_t type)
{
	static char said[300];
	struct text t = TEXT(said);
	struct dns_query q = { .question = { .type = type, .class = DNS_IN } };
	const struct local_view view = {
		.conf = h->data->conf, .lan = h->data->lan, .records = h->data->records,
		.rules = h->data->rules, .hosts = h->data->hosts, .blocks = h->data->blocks,
		.tags = h->tags, .loop = h->loop,
	};
	struct local_question question = { .query = &q };

	must(dname_parse(name, &q.question.name) &&
	     addr_parse("192.0.2.100", &question.from.addr));
	local_decide(&view, &question, &verdict);
	if (!verdict.answered)
		return "asks";
	text_add(&t, verdict.rcode == DNS_NXDOMAIN ? "NXDOMAIN" : "NOERROR");
	for (size_t i = 0; i < verdict.n; i++) {
		struct addr a = addr_of_bytes(verdict.items[i].rdata);

		text_addf(&t, " %s", addr_text(&a).s);
	}
	if (verdict.block.blocked)
		text_addf(&t, " %s:%u", verdict.origin.file, verdict.origin.line);
	return said;
}

TEST(a_blocked_name_has_the_address_zero_and_nothing_of_other_types)
{
	struct here h;

	begin(&h, "block-list=ads\n");
	CHECK_TEXT(answer(&h, "x.ads.example", DNS_A), "NOERROR 0.0.0.0 ads:1");
	CHECK_TEXT(answer(&h, "X.TV.ads.example", DNS_AAAA), "NOERROR :: ads:2");
	CHECK_TEXT(answer(&h, "ads.example", DNS_ANY), "NOERROR 0.0.0.0 :: ads:1");
	CHECK_TEXT(answer(&h, "ads.example", 65), "NOERROR ads:1");
	CHECK_TEXT(answer(&h, "ads.example", DNS_TXT), "NOERROR ads:1");
	CHECK_TEXT(answer(&h, "example", DNS_A), "asks");
	CHECK_TEXT(answer(&h, "x.free.example", DNS_A), "NOERROR 0.0.0.0 ads:7");
	CHECK_TEXT(answer(&h, "x.fine.free.example", DNS_A), "asks");
	end(&h);
}

TEST(block_answer_says_what_a_blocked_name_gets)
{
	struct here h;

	begin(&h, "block-list=ads\nblock-answer=nxdomain\nhost-record=own.ads.example,192.0.2.9\n");
	CHECK_TEXT(answer(&h, "x.ads.example", DNS_A), "NXDOMAIN ads:1");
	CHECK_TEXT(answer(&h, "x.ads.example", DNS_TXT), "NXDOMAIN ads:1");
	/* A name below it is there. */
	CHECK_TEXT(answer(&h, "ads.example", DNS_A), "NOERROR ads:1");
	end(&h);
	begin(&h, "block-list=ads\nblock-answer=nodata\n");
	CHECK_TEXT(answer(&h, "x.ads.example", DNS_A), "NOERROR ads:1");
	end(&h);
}

TEST(what_the_machine_knows_of_a_name_goes_before_a_list)
{
	struct here h;

	begin(&h, "block-list=ads\nhost-record=box.lan,192.0.2.8\ncname=www.lan,box.lan\n"
		  "addn-hosts=hosts\nsynth-domain=lan,192.0.2.0/24,synth-\n"
		  "txt-record=text.ads.example,x\n");
	CHECK_TEXT(answer(&h, "box.lan", DNS_A), "NOERROR 192.0.2.8");
	CHECK_TEXT(answer(&h, "box.lan", DNS_AAAA), "asks");
	CHECK_TEXT(answer(&h, "hosted.ads.example", DNS_A), "NOERROR 192.0.2.7");
	CHECK_TEXT(answer(&h, "hosted.ads.example", DNS_AAAA), "asks");
	CHECK_TEXT(answer(&h, "text.ads.example", DNS_A), "asks");
	CHECK_TEXT(answer(&h, "x.hosted.ads.example", DNS_A), "NOERROR 0.0.0.0 ads:1");
	CHECK_TEXT(answer(&h, "synth-192-0-2-1.lan", DNS_A), "NOERROR 192.0.2.1");
	end(&h);
}

TEST(the_longer_domain_counts_and_a_line_for_as_long_a_one_goes_before_a_list)
{
	struct here h;

	begin(&h, "block-list=ads\nserver=/example/192.0.2.54\nserver=/ads.example/#\n"
		  "address=/example.org/192.0.2.10\nlocal=/free.example/\n"
		  "server=/b.free.example/192.0.2.55\n");
	CHECK_TEXT(answer(&h, "x.ads.example", DNS_A), "asks");
	CHECK_TEXT(answer(&h, "x.tv.ads.example", DNS_A), "NOERROR 0.0.0.0 ads:2");
	CHECK_TEXT(answer(&h, "www.example.org", DNS_A), "NOERROR 192.0.2.10");
	CHECK_TEXT(answer(&h, "x.free.example", DNS_A), "NXDOMAIN");
	CHECK_TEXT(answer(&h, "x.b.free.example", DNS_A), "asks");
	end(&h);
}

TEST(a_list_with_a_tag_blocks_for_the_lease_that_has_it)
{
	struct here h;
	struct tags tags = { .n = 0 };
	struct addr a;

	begin(&h, "block-list=kids,tag:kids\n");
	tags_add(&tags, "br0");
	tags_add(&tags, "kids");
	CHECK_TEXT(answer(&h, "games.example", DNS_A), "asks");
	must(addr_parse("192.0.2.100", &a));
	lease_tags_put(h.tags, &a, &tags);
	CHECK_TEXT(answer(&h, "games.example", DNS_A), "NOERROR 0.0.0.0 kids:1");
	tags.n = 1;
	lease_tags_put(h.tags, &a, &tags);
	CHECK_TEXT(answer(&h, "games.example", DNS_A), "asks");
	end(&h);
}
