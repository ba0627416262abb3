#include "formats/timetext.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes `n` digits that make a number from `min` to `max`. */
static bool take_number(struct mf_str *s, size_t n, unsigned min, unsigned max, unsigned *out)
{
    unsigned value = 0;
    if (s->n < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(s->p[i]))
            return false;
        value = value * 10 + (unsigned)(s->p[i] - '0');
    }
    *s = mf_str_from(*s, n);
    *out = value;
    return value >= min && value <= max;
}

static bool take_byte(struct mf_str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = mf_str_from(*s, 1);
    return true;
}

static unsigned days_in(unsigned month, unsigned year)
{
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month == 2)
        return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static bool take_date(struct mf_str *s)
{
    unsigned year, month, day;
    return take_number(s, 4, 0, 9999, &year) && take_byte(s, '-') && take_number(s, 2, 1, 12, &month) &&
           take_byte(s, '-') && take_number(s, 2, 1, days_in(month, year), &day);
}

static bool take_minutes(struct mf_str *s)
{
    unsigned hour, minute;
    return take_number(s, 2, 0, 23, &hour) && take_byte(s, ':') && take_number(s, 2, 0, 59, &minute);
}

/* All but fraction and zone. */
static bool take_second(struct mf_str *s)
{
    unsigned second;
    return take_date(s) && take_byte(s, 'T') && take_minutes(s) && take_byte(s, ':') &&
           take_number(s, 2, 0, 59, &second);
}

bool mf_timetext_is_utc(struct mf_str s)
{
    return take_second(&s) && mf_str_eq(s, MF_LIT("Z"));
}

bool mf_timetext_valid(struct mf_str s)
{
    if (!take_second(&s))
        return false;
    if (s.n >= 2 && s.p[0] == '.' && is_digit(s.p[1]))
        for (s = mf_str_from(s, 2); s.n && is_digit(s.p[0]);)
            s = mf_str_from(s, 1);
    if (mf_str_eq(s, MF_LIT("Z")))
        return true;
    return (take_byte(&s, '+') || take_byte(&s, '-')) && take_minutes(&s) && s.n == 0;
}
