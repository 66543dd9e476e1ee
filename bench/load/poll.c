/*
 * Asks again and again, each time on a connection of its own, however many answers are still
 * awaited. Lines: ASKED_NS ANSWERED_NS STATUS, as they come; status 0 is no answer (or none in
 * `timeout`). Ends with its input.
 */
#include "load.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct question {
    int fd; /* -1: not in use */
    uint64_t asked;
    struct bytes in, out;
};

enum { MOST = 4096 };
static struct question questions[MOST];

static void finish(struct question *q, int status)
{
    printf("%" PRIu64 " %" PRIu64 " %d\n", q->asked, now_ns(), status);
    fflush(stdout);
    if (q->fd >= 0)
        close(q->fd);
    q->fd = -1;
    bytes_free(&q->in);
    bytes_free(&q->out);
}

static void ask(int epoll, const struct options *o)
{
    static unsigned number;
    struct question *q = &questions[number++ % MOST];
    if (q->fd >= 0)
        finish(q, 0);
    q->asked = now_ns();
    if ((q->fd = dial(o, number)) < 0) {
        finish(q, 0);
        return;
    }
    get_append(&q->out, o, "", false);
    watch(epoll, q->fd, EPOLLIN | EPOLLOUT, q, true);
}

static void hear(int epoll, struct question *q)
{
    if (receive(q->fd, &q->in) < 0 || send_some(q->fd, &q->out) < 0)
        finish(q, 0);
    else if (head_length(&q->in))
        finish(q, atoi((char *)q->in.data + 9));
    else
        watch(epoll, q->fd, EPOLLIN | (q->out.size ? EPOLLOUT : 0), q, false);
}

int run_poll(const struct options *o)
{
    int epoll = watch_new(), timer = timer_new(epoll);
    for (int i = 0; i < MOST; i++)
        questions[i].fd = -1;
    uint64_t due = now_ns();
    for (;;) {
        uint64_t now = now_ns();
        if (now >= due) {
            ask(epoll, o);
            due += (uint64_t)o->period_us * 1000;
        }
        for (int i = 0; i < MOST; i++)
            if (questions[i].fd >= 0 && questions[i].asked + (uint64_t)(o->timeout * 1e9) < now)
                finish(&questions[i], 0);
        timer_at(timer, due);
        struct epoll_event events[64];
        int count = epoll_wait(epoll, events, 64, 1000);
        for (int i = 0; i < count; i++) {
            struct question *q = events[i].data.ptr;
            uint64_t expired;
            if (q && q->fd >= 0)
                hear(epoll, q);
            else if (!q && read(timer, &expired, sizeof expired) < 0)
                continue;
        }
        struct pollfd input = {.fd = 0, .events = POLLIN};
        char ignored[16];
        if (poll(&input, 1, 0) > 0 && read(0, ignored, sizeof ignored) <= 0)
            return 0;
    }
}
