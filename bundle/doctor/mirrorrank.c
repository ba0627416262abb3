#include <stdlib.h>

#include "bundle/doctor/doctorparts.h"

enum { TIE_PERCENT = 10, TIE_US = 2000 };

static int by_number(const void *a, const void *b)
{
    const struct mf_doctor_mirror *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int by_time(const void *a, const void *b)
{
    const struct mf_doctor_mirror *x = a, *y = b;
    if (x->usable != y->usable)
        return x->usable ? -1 : 1;
    if (x->stale != y->stale)
        return x->stale ? 1 : -1;
    if (x->took != y->took)
        return x->took < y->took ? -1 : 1;
    return by_number(a, b);
}

static uint64_t median(const uint64_t samples[MF_DOCTOR_SAMPLES])
{
    uint64_t sorted[MF_DOCTOR_SAMPLES];
    memcpy(sorted, samples, sizeof(sorted));
    for (size_t i = 1; i < MF_DOCTOR_SAMPLES; i++)
        for (size_t k = i; k > 0 && sorted[k] < sorted[k - 1]; k--) {
            const uint64_t moved = sorted[k];
            sorted[k] = sorted[k - 1];
            sorted[k - 1] = moved;
        }
    return sorted[MF_DOCTOR_SAMPLES / 2];
}

/* True where the two are as good as each other. */
static bool is_tie(const struct mf_doctor_mirror *best, const struct mf_doctor_mirror *m)
{
    return best->usable == m->usable && best->stale == m->stale &&
           m->took <= best->took + best->took * TIE_PERCENT / 100 + TIE_US;
}

void mf_doctor_rank(struct mf_doctor_mirror *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        list[i].first = median(list[i].first_us);
        list[i].took = median(list[i].zip_us);
        list[i].rate = list[i].took ? list[i].served.zip_size * 1000000 / list[i].took : 0;
    }
    qsort(list, n, sizeof(*list), by_time);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && is_tie(&list[from], &list[to]);)
            to++;
        qsort(list + from, to - from, sizeof(*list), by_number);
    }
}

static void report_place(struct mf_doctor *d, const struct mf_doctor_mirror *m, size_t place)
{
    struct mf_finding *f = mf_diagnosis_add(
        d->diagnosis, m->subject, "rank", MF_V_OK, "place %zu: first byte after %.1f ms, %.1f MB/s, newest %.*s%s",
        place, (double)m->first / 1000, (double)m->rate / 1000000,
        MF_FMT(m->served.newest.n ? m->served.newest : MF_LIT("?")), m->stale ? " (stale)" : "");
    mf_diagnosis_number(d->diagnosis, f, "rank", (int64_t)place);
    mf_diagnosis_number(d->diagnosis, f, "first_byte_us", (int64_t)m->first);
    mf_diagnosis_number(d->diagnosis, f, "zip_us", (int64_t)m->took);
    mf_diagnosis_number(d->diagnosis, f, "bytes_per_second", (int64_t)m->rate);
    mf_diagnosis_number(d->diagnosis, f, "samples", MF_DOCTOR_SAMPLES);
}

/* What GOPROXY ends with now goes on to be its end. */
static struct mf_str tail_of(const struct mf_doctor *d)
{
    const struct mf_proxy *last = d->proxies.count > 1 ? &d->proxies.list[d->proxies.count - 1] : NULL;
    return last && last->kind != MF_PROXY_URL ? last->url : (struct mf_str){NULL, 0};
}

void mf_doctor_report_rank(struct mf_doctor *d, const struct mf_doctor_mirror *list, size_t n)
{
    struct mf_subject *s = mf_diagnosis_subject(d->diagnosis, "list", MF_LIT("mirrors"));
    struct mf_proxies good = {mf_doctor_array(d, n), 0};
    for (size_t i = 0; i < n && good.list; i++) {
        if (!list[i].usable)
            continue;
        report_place(d, &list[i], i + 1);
        good.list[good.count++] = list[i].place;
    }
    if (!good.count) {
        mf_diagnosis_add(d->diagnosis, s, "mirrors", MF_V_NOWHERE, "none of the %zu mirrors is usable", n);
        return;
    }
    struct mf_finding *f =
        mf_diagnosis_add(d->diagnosis, s, "mirrors", MF_V_OK, "%zu of %zu usable, compared with %.*s@%.*s", good.count,
                         n, MF_FMT(d->module.path), MF_FMT(d->module.version));
    for (size_t i = 0; i < good.count; i++)
        mf_diagnosis_item(d->diagnosis, f, "order", good.list[i].shown);
    mf_doctor_recommend(d, f, &good, tail_of(d));
}
