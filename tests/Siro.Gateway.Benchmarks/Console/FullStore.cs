using System.Diagnostics;
using System.Globalization;
using Siro.Gateway.Benchmarks.Hosting;
using StackExchange.Redis;

namespace Siro.Gateway.Benchmarks.ConsolePage;

/// <summary>
/// Fills a store with old events, as they stand there after weeks, before the gateway starts. Only the log itself: what the gateway makes
/// of it (the index by recording, the signatures of blocks) it makes by itself, as after an upgrade.
/// </summary>
internal sealed class FullStore(RedisServer redis)
{
    private const string Prefix = "sg:{hub:" + GatewaySettings.Organization + "}:";

    private const string Fill = """
        local P, from, count, at, step = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
        local function uuid(text)
          local h = redis.sha1hex(text)
          return table.concat({ h:sub(1, 8), h:sub(9, 12), h:sub(13, 16), h:sub(17, 20), h:sub(21, 32) }, '-')
        end
        local bytes = 0
        for i = from, from + count - 1 do
          local n, rec = string.format('%.0f', at + i * step), uuid('recording' .. i)
          local id = string.format('msg_%s%07d', redis.sha1hex(tostring(i)):sub(1, 20), i)
          local kind = i % 2 == 0 and 'integrations.recordingProcessed' or 'integrations.recordingLinked'
          if i == 1000 then kind = 'recording.deleted' end
          local body = '{"eventType":"' .. kind .. '","recordingId":"' .. rec .. '","recordingProcessed":true'
            .. ',"recordingLinked":' .. tostring(i % 2 == 1)
            .. ',"siroUserId":"' .. uuid('user' .. i % 400) .. '","crm":{"integrationConnectionId":"'
            .. uuid('connection' .. i % 3) .. '","users":[{"id":"' .. uuid('user' .. i % 400)
            .. '","externalId":"crm-rep-' .. i % 400 .. '"}],"engagement":{"id":"'
            .. uuid('engagement' .. i) .. '","externalId":"visit ' .. i .. ' at ' .. rec:sub(1, 4) .. ' street"}}}'
          redis.call('HSET', P .. 'ev:' .. id, 'n', n, 'type', kind, 'rec', rec, 'src', 'siro', 'size', #body, 'body', body)
          redis.call('ZADD', P .. 'log', n, id)
          bytes = bytes + #body
        end
        redis.call('HINCRBY', P .. 'meta', 'bytes', bytes)
        return count
        """;

    public async Task FillAsync(int events, DateTimeOffset from, DateTimeOffset until)
    {
        const int Step = 400;
        var start = (from - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var step = (until - from).Ticks / TimeSpan.TicksPerMicrosecond / Math.Max(1, events);
        await redis.Database.ExecuteAsync("CONFIG", "SET", "appendfsync", "no");
        for (var i = 0; i < events; i += Step)
        {
            await redis.Database.ScriptEvaluateAsync(Fill, [Prefix + "meta"], [Prefix, i, Math.Min(Step, events - i), start, step]);
        }

        await redis.Database.ExecuteAsync("CONFIG", "SET", "appendfsync", "always");
    }

    /// <summary>Waits until the gateway has made its indexes; answers how long that took.</summary>
    public async Task<TimeSpan> IndexedAsync()
    {
        var start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await redis.Database.HashGetAsync(Prefix + "meta", "indexed") != "1")
        {
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromMinutes(15))
            {
                throw new BenchmarkException("The log was not indexed within 15 minutes.");
            }

            await timer.WaitForNextTickAsync();
        }

        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>The event at this place of the log.</summary>
    public async Task<(string Id, long Number, string Recording, string Text)> AtAsync(long rank)
    {
        var id = (string)(await redis.Database.SortedSetRangeByRankAsync(Prefix + "log", rank, rank))[0]!;
        var e = await redis.Database.HashGetAsync(Prefix + "ev:" + id, ["n", "rec", "body"]);
        var body = (string)e[2]!;
        var at = body.IndexOf("visit ", StringComparison.Ordinal);
        return (id, (long)e[0], (string)e[1]!, at < 0 ? (string)e[1]!
            : body[at..body.IndexOf('"', at)]);
    }

    public Task<long> CountAsync() => redis.Database.SortedSetLengthAsync(Prefix + "log");

    /// <summary>Bytes of the store, and of the blocks' signatures.</summary>
    public async Task<(long All, long Signatures)> MemoryAsync()
    {
        var info = (string)(await redis.Database.ExecuteAsync("INFO", "memory"))!;
        var used = long.Parse(info.Split('\n').First(l => l.StartsWith("used_memory:", StringComparison.Ordinal))["used_memory:".Length..]
            .Trim(), CultureInfo.InvariantCulture);
        return (used, await redis.Database.SortedSetLengthAsync(Prefix + "blocks") * 32 * 1024);
    }

    /// <summary>Scripts longer than this are noted.</summary>
    public async Task WatchScriptsAsync(TimeSpan longer)
    {
        await redis.Database.ExecuteAsync("CONFIG", "SET", "slowlog-log-slower-than", (long)longer.TotalMicroseconds);
        await redis.Database.ExecuteAsync("CONFIG", "SET", "slowlog-max-len", 10_000);
        await redis.Database.ExecuteAsync("SLOWLOG", "RESET");
    }

    /// <summary>Scripts noted since the last look, the longest first.</summary>
    public async Task<IReadOnlyList<TimeSpan>> LongScriptsAsync()
    {
        var entries = (RedisResult[])(await redis.Database.ExecuteAsync("SLOWLOG", "GET", 10_000))!;
        await redis.Database.ExecuteAsync("SLOWLOG", "RESET");
        return [.. entries.Where(e => ((string)e[3][0]!).StartsWith("EVAL", StringComparison.OrdinalIgnoreCase))
            .Select(e => TimeSpan.FromMicroseconds((long)e[2])).OrderDescending()];
    }

    /// <summary>A script that only counts, for about two milliseconds, and touches no key: what it takes longer is the machine's.</summary>
    public Task CountInScriptAsync() =>
        redis.Database.ScriptEvaluateAsync("local n = 0 for i = 1, 500000 do n = n + i end return n");
}
