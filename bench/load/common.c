/* Clocks, buffers, sockets and epoll. */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

void fail(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        fail("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit))
        fail("setrlimit");
}

void bytes_append(struct bytes *b, const void *data, size_t size)
{
    if (b->size + size > b->room) {
        b->room = b->size + size < 1024 ? 1024 : 2 * (b->size + size);
        if (!(b->data = realloc(b->data, b->room)))
            fail("realloc");
    }
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

void bytes_drop(struct bytes *b, size_t size)
{
    b->size -= size;
    if (b->size)
        memmove(b->data, b->data + size, b->size);
    else if (b->room > 4096)
        bytes_free(b);
}

void bytes_free(struct bytes *b)
{
    free(b->data);
    *b = (struct bytes){0};
}

int dial(const struct options *o, unsigned number)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (*o->sources) {
        struct sockaddr_in from = {.sin_family = AF_INET};
        inet_pton(AF_INET, o->sources, &from.sin_addr);
        uint32_t first = ntohl(from.sin_addr.s_addr);
        from.sin_addr.s_addr = htonl(first + number % (unsigned)o->source_count);
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (bind(fd, (struct sockaddr *)&from, sizeof from))
            fail("bind");
    }
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)o->port)};
    if (inet_pton(AF_INET, o->address, &to.sin_addr) != 1)
        fail("address");
    if (connect(fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

int watch_new(void)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        fail("epoll_create1");
    return epoll;
}

void watch(int epoll, int fd, uint32_t events, void *what, bool first)
{
    struct epoll_event event = {.events = events, .data.ptr = what};
    if (epoll_ctl(epoll, first ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event))
        fail("epoll_ctl");
}

int timer_new(int epoll)
{
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (timer < 0)
        fail("timerfd_create");
    watch(epoll, timer, EPOLLIN, NULL, true);
    return timer;
}

void timer_at(int timer, uint64_t when)
{
    struct itimerspec spec = {.it_value = {(time_t)(when / SECOND), (long)(when % SECOND)}};
    if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, NULL))
        fail("timerfd_settime");
}

long receive(int fd, struct bytes *b)
{
    static uint8_t scratch[1 << 18];
    ssize_t got = recv(fd, scratch, sizeof scratch, 0);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (got == 0)
        return -1;
    if (b)
        bytes_append(b, scratch, (size_t)got);
    return got;
}

int send_some(int fd, struct bytes *b)
{
    while (b->size) {
        ssize_t sent = send(fd, b->data, b->size, MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR || errno == ENOTCONN ? 0 : -1;
        bytes_drop(b, (size_t)sent);
    }
    return 0;
}
