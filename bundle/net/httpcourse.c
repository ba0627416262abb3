#include "bundle/net/httpcourse.h"

#include <stdlib.h>
#include <unistd.h>

enum { TEXT_MAX = 1024 };

bool mf_httpcourse_reset(struct mf_httpcourse *c)
{
    struct mf_transfer *t = c->t;
    if (t->fd >= 0 && t->received > 0 &&
        (c->fd_start < 0 || ftruncate(t->fd, c->fd_start) < 0 || lseek(t->fd, c->fd_start, SEEK_SET) < 0))
        return false;
    mf_buf_release(&t->body);
    t->received = 0;
    t->pieced = false;
    c->resume.kept = 0;
    return true;
}

static void clear_outcome(struct mf_transfer *t)
{
    t->outcome = MF_TRANSFER_FAILED;
    t->status = 0;
    t->from = (struct mf_transfer_from){0};
    t->wait_seconds = 0;
    t->unreachable = t->html = false;
    t->cause = MF_CAUSE_OTHER;
    t->first_byte_us = t->total_us = 0;
    t->error = (struct mf_err){0};
}

struct mf_httpcourse mf_httpcourse_of(struct mf_transfer *t)
{
    t->body = MF_BUF_INIT(t->limit < SIZE_MAX ? (size_t)t->limit : SIZE_MAX);
    t->received = 0;
    t->pieced = false;
    clear_outcome(t);
    return (struct mf_httpcourse){.t = t,
                                  .fd_start = t->fd >= 0 ? lseek(t->fd, 0, SEEK_CUR) : -1,
                                  .text = MF_BUF_INIT(t->any_status ? t->body.max : TEXT_MAX)};
}

void mf_httpcourse_release(struct mf_httpcourse *c)
{
    free(c->hop);
    c->hop = NULL;
    mf_buf_release(&c->text);
}

void mf_httpcourse_settle(struct mf_httpcourse *c)
{
    struct mf_transfer *t = c->t;
    if (t->outcome != MF_TRANSFER_STATUS)
        return;
    mf_buf_release(&t->body);
    t->body = c->text;
    t->received = 0;
    c->text = (struct mf_buf){0};
}

bool mf_httpcourse_rewind(struct mf_httpcourse *c)
{
    if (!c->resume.kept && !mf_httpcourse_reset(c))
        return false;
    free(c->hop);
    c->hop = NULL;
    c->hops = 0;
    clear_outcome(c->t);
    return true;
}
