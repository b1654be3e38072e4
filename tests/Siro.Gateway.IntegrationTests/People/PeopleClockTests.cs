using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Siro.Emulator.Hosting;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.People;

/// <summary>
/// Two replicas and their store on a clock that the test moves: how old the list of users gets, and how often a miss reads it again.
/// </summary>
public sealed partial class PeopleClockTests(PeopleClockTests.Fixture gateway) : IClassFixture<PeopleClockTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private static int _people;

    [Fact]
    public async Task The_users_are_read_again_after_fifteen_minutes_and_not_before()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await gateway.PassAsync(TimeSpan.FromHours(1));
        var before = gateway.Emulator.Journal.Last;
        var known = gateway.Emulator.Default.Users[0];
        Assert.Equal(known.Id, await FindAsync(0, "email=rep1@example.com"));
        Assert.Equal(known.Id, await FindAsync(1, "email=rep1@example.com"));
        Assert.Equal(1, Readings(before));

        var (old, now) = (known.ExternalId!, $"moved-{Interlocked.Increment(ref _people)}");
        known.ExternalId = now;
        await gateway.PassAsync(new TimeSpan(0, 14, 50));
        Assert.Equal(known.Id, await FindAsync(0, "externalId=" + old));
        Assert.Equal(known.Id, await FindAsync(1, "externalId=" + old));
        Assert.Equal(1, Readings(before));

        await gateway.PassAsync(TimeSpan.FromSeconds(11));
        var found = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => FindAsync(i % 2, "externalId=" + now)));
        Assert.All(found, id => Assert.Equal(known.Id, id));
        Assert.Equal(2, Readings(before));
        known.ExternalId = old;
    }

    [Fact]
    public async Task Misses_read_the_users_again_once_a_minute_for_the_whole_fleet()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await gateway.PassAsync(TimeSpan.FromHours(1));
        await FindAsync(0, "email=rep1@example.com");
        await FindAsync(1, "email=rep1@example.com");
        var before = gateway.Emulator.Journal.Last;
        var nobody = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => FindAsync(i % 2, $"email=nobody{i}@example.com")));
        Assert.All(nobody, Assert.Null);
        Assert.Equal(1, Readings(before));

        // Somebody new: not seen in the same minute, found with the next.
        var person = gateway.Emulator.State.AddUsers(gateway.Emulator.Default.Organization, 1)[0];
        await gateway.PassAsync(TimeSpan.FromSeconds(50));
        Assert.Null(await FindAsync(0, "email=" + person.Email));
        Assert.Null(await FindAsync(1, "externalId=" + person.ExternalId));
        Assert.Equal(1, Readings(before));
        await gateway.PassAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(person.Id, await FindAsync(0, "email=" + person.Email));
        Assert.Equal(2, Readings(before));

        // The other replica takes what the first has read.
        Assert.Equal(person.Id, await FindAsync(1, "externalId=" + person.ExternalId));
        Assert.Equal(2, Readings(before));

        // A quarter of an hour of misses, each minute several: one reading a minute, also where age would have asked for one.
        for (var minute = 0; minute < 15; minute++)
        {
            await gateway.PassAsync(TimeSpan.FromSeconds(61));
            for (var i = 0; i < 4; i++)
            {
                Assert.Null(await FindAsync(i % 2, $"externalId=nobody-{minute}-{i}"));
            }
        }

        Assert.Equal(2 + 15, Readings(before));
    }

    /// <summary>The users are one page.</summary>
    private int Readings(long since) => gateway.Emulator.Journal.Count(SiroHost.External, "/v1/core/users", since: since);

    private async Task<string?> FindAsync(int replica, string query)
    {
        using var client = gateway.Replicas[replica].CreateClient(GatewaySettings.WriterKey);
        using var response = await client.GetAsync("/v1/people?" + query, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, text);
        var data = JsonSerializer.Deserialize<JsonElement>(text).GetProperty("data");
        return data.GetArrayLength() == 0 ? null : Assert.Single(data.EnumerateArray()).GetProperty("id").GetString();
    }

    public sealed partial class Fixture : GatewayFixture, IAsyncLifetime
    {
        private readonly MovedClock _clock = new();

        public List<GatewayInProcess> Replicas { get; } = [];

        public new async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            for (var i = 0; i < 2; i++)
            {
                Replicas.Add(await StartInProcessAsync(builder => builder.Services.AddSingleton<TimeProvider>(_clock)));
            }
        }

        public new async ValueTask DisposeAsync()
        {
            foreach (var replica in Replicas)
            {
                await replica.DisposeAsync();
            }

            await base.DisposeAsync();
        }

        /// <summary>Time passes for the replicas, and for what the store keeps of users: it expires so much sooner.</summary>
        public async Task PassAsync(TimeSpan time)
        {
            _clock.Shift += time;
            var redis = (RedisServer)Store;
            foreach (Match key in KeyNames().Matches(await redis.CommandAsync("KEYS *people:*")))
            {
                var left = long.Parse((await redis.CommandAsync("PTTL " + key.Value)).Trim()[1..], CultureInfo.InvariantCulture) - (
                    long)time.TotalMilliseconds;
                await redis.CommandAsync(
                    left > 0 ? string.Create(CultureInfo.InvariantCulture, $"PEXPIRE {key.Value} {left}") : "DEL " + key.Value);
            }
        }

        protected override bool StartsGateway => false;

        [GeneratedRegex(@"^\S*people:\S*", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
        private static partial Regex KeyNames();
    }

    /// <summary>Wall clock and stopwatch moved alike; timers go by real time.</summary>
    private sealed class MovedClock : TimeProvider
    {
        private long _shift;

        public TimeSpan Shift
        {
            get => TimeSpan.FromTicks(Interlocked.Read(ref _shift));
            set => Interlocked.Exchange(ref _shift, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;

        public override long GetTimestamp() => System.GetTimestamp() + (long)(Shift.TotalSeconds * TimestampFrequency);
    }
}
