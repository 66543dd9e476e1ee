/* The service behind the tunnel: quick enough never to be what is measured. */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct guest {
    int fd;
    enum { HTTP, WEBSOCKET, BULK } kind;
    bool ending; /* close once everything is sent */
    uint32_t watched;
    struct bytes in, out;
};

static const char HEALTH[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Content-Length: 16\r\n%s\r\n{\"status\": \"ok\"}";
static const char UPGRADED[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                               "Connection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static const char BULK_HEAD[] = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
                                "Connection: close\r\n\r\n";
static uint8_t filler[1 << 16];

static bool has(const struct guest *g, size_t size, const char *word)
{
    return memmem(g->in.data, size, word, strlen(word)) != NULL;
}

static void answer(struct guest *g)
{
    size_t head;
    while (g->kind == HTTP && !g->ending && (head = head_length(&g->in))) {
        if (has(g, head, "Upgrade: websocket") || has(g, head, "upgrade: websocket")) {
            bytes_append(&g->out, UPGRADED, sizeof UPGRADED - 1);
            g->kind = WEBSOCKET;
        } else if (has(g, head, "/bulk HTTP/1")) {
            bytes_append(&g->out, BULK_HEAD, sizeof BULK_HEAD - 1);
            g->kind = BULK;
        } else {
            char text[sizeof HEALTH + 32];
            bool last = has(g, head, "Connection: close") || has(g, head, "HTTP/1.0");
            int length = snprintf(text, sizeof text, HEALTH, last ? "Connection: close\r\n" : "");
            bytes_append(&g->out, text, (size_t)length);
            g->ending = last;
        }
        bytes_drop(&g->in, head);
    }
    size_t used = 0, length;
    struct frame frame;
    while (g->kind == WEBSOCKET &&
           (length = frame_parse(g->in.data + used, g->in.size - used, &frame))) {
        frame_append(&g->out, frame.opcode, frame.payload, frame.size, false);
        g->ending |= frame.opcode == FRAME_CLOSE;
        used += length;
    }
    if (used)
        bytes_drop(&g->in, used);
}

/* Returns false when the guest is gone. */
static bool serve(int epoll, struct guest *g, uint32_t events)
{
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        if (receive(g->fd, &g->in) < 0)
            return false;
        answer(g);
    }
    if (g->kind == BULK && !g->out.size) /* one helping a turn: echoes must not wait for bulk */
        bytes_append(&g->out, filler, sizeof filler);
    if (send_some(g->fd, &g->out) < 0)
        return false;
    if (g->ending && !g->out.size)
        return false;
    uint32_t wanted = EPOLLIN | (g->out.size || g->kind == BULK ? EPOLLOUT : 0);
    if (wanted != g->watched)
        watch(epoll, g->fd, g->watched = wanted, g, false);
    return true;
}

static int listen_at(const struct options *o)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)o->port)};
    inet_pton(AF_INET, o->address, &at.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4096))
        fail("listen");
    return fd;
}

int run_service(const struct options *o)
{
    int door = listen_at(o), epoll = watch_new(), one = 1;
    struct guest owner = {.fd = 0};
    watch(epoll, door, EPOLLIN, NULL, true);
    if (o->attached)
        watch(epoll, owner.fd, EPOLLIN, &owner, true);
    for (;;) {
        struct epoll_event events[256];
        int count = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            struct guest *g = events[i].data.ptr;
            if (g == &owner)
                return 0;
            if (g) {
                if (!serve(epoll, g, events[i].events)) {
                    close(g->fd);
                    bytes_free(&g->in);
                    bytes_free(&g->out);
                    free(g);
                }
                continue;
            }
            int fd;
            while ((fd = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                if (!(g = calloc(1, sizeof *g)))
                    fail("calloc");
                g->fd = fd;
                watch(epoll, fd, g->watched = EPOLLIN, g, true);
            }
        }
    }
}
