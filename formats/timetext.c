#include "formats/timetext.h"

#include <time.h>

struct clock {
    int year, month, day, hour, minute, second;
};

/* Takes a number of `digits` digits off the front; false where they are none. */
static bool take(struct mf_str *s, size_t digits, int *out)
{
    int n = 0;
    if (s->n < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        char c = s->p[i];
        if (c < '0' || c > '9')
            return false;
        n = n * 10 + (c - '0');
    }
    *s = mf_str_from(*s, digits);
    *out = n;
    return true;
}

static bool skip(struct mf_str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = mf_str_from(*s, 1);
    return true;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static bool is_clock(const struct clock *c)
{
    return c->month >= 1 && c->month <= 12 && c->day >= 1 && c->day <= days_in(c->year, c->month) && c->hour < 24 &&
           c->minute < 60 && c->second < 60;
}

/* In the proleptic Gregorian calendar, as Go. */
static int64_t seconds_of(const struct clock *c)
{
    int64_t days = 0;
    for (int year = c->year; year < 1970; year++)
        days -= 365 + is_leap(year);
    for (int year = 1970; year < c->year; year++)
        days += 365 + is_leap(year);
    for (int month = 1; month < c->month; month++)
        days += days_in(c->year, month);
    days += c->day - 1;
    return ((days * 24 + c->hour) * 60 + c->minute) * 60 + c->second;
}

/* "Z" or "+07:00", to its end. */
static bool take_zone(struct mf_str s, int64_t *offset_out)
{
    int hours, minutes;
    *offset_out = 0;
    if (skip(&s, 'Z'))
        return s.n == 0;
    int64_t sign = s.n && s.p[0] == '-' ? -1 : 1;
    if (!skip(&s, '+') && !skip(&s, '-'))
        return false;
    if (!take(&s, 2, &hours) || !skip(&s, ':') || !take(&s, 2, &minutes) || s.n || hours > 23 || minutes > 59)
        return false;
    *offset_out = sign * (hours * 60 + minutes) * 60;
    return true;
}

bool mf_timetext_seconds(struct mf_str s, int64_t *seconds_out)
{
    struct clock c;
    int64_t offset;
    int digit;
    if (!take(&s, 4, &c.year) || !skip(&s, '-') || !take(&s, 2, &c.month) || !skip(&s, '-') || !take(&s, 2, &c.day) ||
        !skip(&s, 'T') || !take(&s, 2, &c.hour) || !skip(&s, ':') || !take(&s, 2, &c.minute) || !skip(&s, ':') ||
        !take(&s, 2, &c.second) || !is_clock(&c))
        return false;
    if (skip(&s, '.')) {
        if (!take(&s, 1, &digit))
            return false;
        while (take(&s, 1, &digit))
            continue;
    }
    if (!take_zone(s, &offset))
        return false;
    *seconds_out = seconds_of(&c) - offset;
    return true;
}

bool mf_timetext_stamp(struct mf_str s, int64_t *seconds_out)
{
    struct clock c;
    if (!take(&s, 4, &c.year) || !take(&s, 2, &c.month) || !take(&s, 2, &c.day) || !take(&s, 2, &c.hour) ||
        !take(&s, 2, &c.minute) || !take(&s, 2, &c.second) || s.n || !is_clock(&c))
        return false;
    *seconds_out = seconds_of(&c);
    return true;
}

bool mf_timetext_valid(struct mf_str s)
{
    int64_t ignored;
    return mf_timetext_seconds(s, &ignored);
}

bool mf_timetext_is_utc(struct mf_str s)
{
    return s.n == sizeof("2024-01-02T03:04:05Z") - 1 && mf_str_ends(s, MF_LIT("Z")) && mf_timetext_valid(s);
}

bool mf_timetext_utc(int64_t seconds, char out[MF_TIMETEXT_UTC])
{
    time_t when = (time_t)seconds;
    struct tm utc;
    return gmtime_r(&when, &utc) && utc.tm_year >= -900 && utc.tm_year <= 9999 - 1900 &&
           strftime(out, MF_TIMETEXT_UTC, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0;
}
