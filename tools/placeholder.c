#include "tools/placeholder.h"

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* True for a list of values, not for a name such as "bundle A". */
static bool is_words(struct mf_str s)
{
    struct mf_str rest;
    mf_str_cut(s, '|', &rest);
    return s.n && is_lower(s.p[0]) && rest.p && memchr(s.p, ' ', s.n) == NULL;
}

static bool is_directory(struct mf_str s)
{
    return mf_str_eq(s, MF_LIT("DIR")) || mf_str_eq(s, MF_LIT("PROJECT")) || mf_str_eq(s, MF_LIT("ROOT"));
}

struct mf_placeholder mf_placeholder_of_value(const char *value)
{
    struct mf_placeholder p = {.words = mf_str(value)};
    if (value[0] == '[') {
        p.optional = true;
        p.words = (struct mf_str){p.words.p + 1, p.words.n - 2};
    }
    if (is_words(p.words))
        p.kind = MF_PLACEHOLDER_WORDS;
    else if (is_directory(p.words))
        p.kind = MF_PLACEHOLDER_DIRS;
    else if (mf_str_eq(p.words, MF_LIT("FILE")) || mf_str_eq(p.words, MF_LIT("BUNDLE")))
        p.kind = MF_PLACEHOLDER_FILES;
    return p;
}

struct mf_placeholder mf_placeholder_of_operand(const char *name)
{
    struct mf_placeholder p = mf_placeholder_of_value(name);
    if (p.kind == MF_PLACEHOLDER_ANY && !strchr(name, '@'))
        p.kind = MF_PLACEHOLDER_FILES;
    return p;
}

const char *mf_placeholder_word(const struct mf_cli_command *command)
{
    const char *blank = strrchr(command->name, ' ');
    return blank ? blank + 1 : command->name;
}

const char *mf_placeholder_operand(const struct mf_cli_command *command, size_t n)
{
    size_t named = 0;
    while (command->operands[named])
        named++;
    if (n < named)
        return command->operands[n];
    return n < command->operands_max ? command->more : NULL;
}
