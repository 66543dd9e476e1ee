/*
 * load WHAT key=value...
 *
 *   service       answers /health, echoes WebSocket frames, sends bulk below any path that ends so
 *   streams       speaks on WebSockets and downloads beside them; one line a frame, then a summary
 *   connections   opens WebSockets one after the other, a frame each; the summary counts them
 *   hold          opens many, keeps them, a frame each now and then
 *   poll          asks /health again and again; one line an answer, until its input ends
 *
 * A summary is one line of JSON. Lines before it are numbers between blanks.
 */
#include "load.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct options defaults(void)
{
    return (struct options){
        .address = "127.0.0.1", .host = "localhost", .path = "/", .sources = "",
        .source_count = 1, .port = 80, .streams = 0, .downloads = 0, .bytes = 640,
        .period_us = 20000, .warmup = 1, .seconds = 5, .grace = 2, .parallel = 16, .total = 0,
        .timeout = 15,
    };
}

static bool read_word(struct options *o, const char *word)
{
    struct { const char *name; const char **text; long *number; double *real; } known[] = {
        {"address", &o->address, 0, 0},       {"host", &o->host, 0, 0},
        {"path", &o->path, 0, 0},             {"sources", &o->sources, 0, 0},
        {"source_count", 0, &o->source_count, 0}, {"port", 0, &o->port, 0},
        {"streams", 0, &o->streams, 0},       {"downloads", 0, &o->downloads, 0},
        {"bytes", 0, &o->bytes, 0},           {"period_us", 0, &o->period_us, 0},
        {"warmup", 0, 0, &o->warmup},         {"seconds", 0, 0, &o->seconds},
        {"grace", 0, 0, &o->grace},           {"parallel", 0, &o->parallel, 0},
        {"total", 0, &o->total, 0},           {"timeout", 0, 0, &o->timeout},
        {"attached", 0, &o->attached, 0},
    };
    const char *value = strchr(word, '=');
    if (!value)
        return false;
    size_t length = (size_t)(value++ - word);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strlen(known[i].name) != length || strncmp(known[i].name, word, length))
            continue;
        if (known[i].text)
            *known[i].text = value;
        if (known[i].number)
            *known[i].number = strtol(value, NULL, 10);
        if (known[i].real)
            *known[i].real = strtod(value, NULL);
        return true;
    }
    return false;
}

int main(int count, char **words)
{
    static const struct { const char *name; int (*run)(const struct options *); } programs[] = {
        {"service", run_service}, {"streams", run_streams}, {"connections", run_connections},
        {"hold", run_hold},       {"poll", run_poll},
    };
    struct options o = defaults();
    for (int i = 2; i < count; i++) {
        if (!read_word(&o, words[i])) {
            fprintf(stderr, "load: what is %s?\n", words[i]);
            return 2;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    for (size_t i = 0; count > 1 && i < sizeof programs / sizeof *programs; i++)
        if (!strcmp(programs[i].name, words[1]))
            return programs[i].run(&o);
    fprintf(stderr, "usage: load service|streams|connections|hold|poll key=value...\n");
    return 2;
}
