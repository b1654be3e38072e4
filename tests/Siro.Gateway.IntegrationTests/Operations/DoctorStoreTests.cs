using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>The examination on every kind of store, and on stores that don't do what the gateway needs.</summary>
public sealed class DoctorStoreTests(DoctorStoreTests.Fixture gateway) : IClassFixture<DoctorStoreTests.Fixture>
{
    /// <param name="server">A command that spoils the server, or <c>--sentinel</c>.</param>
    [Theory]
    [InlineData("CONFIG SET requirepass right", ",password=canary-wrong", "connection", "refuses the user or the password",
        "Correct user and password")]
    [InlineData("CONFIG SET maxmemory 1mb", "", "writes", "refuses writes or scripts (OOM)", "raise maxmemory")]
    [InlineData("ACL SETUSER reader on >pass ~* &* +@all -@write", ",user=reader,password=pass", "writes",
        "refuses writes or scripts (NOPERM)", "docs/redis.md, ACL")]
    [InlineData("CONFIG SET min-replicas-to-write 1", "", "writes", "refuses writes or scripts (NOREPLICAS)", "min-replicas-to-write")]
    [InlineData("REPLICAOF 127.0.0.1 1", "", "connection", "is a replica", "Name the primary")]
    [InlineData("--sentinel", "", "connection", "is a sentinel", "Add serviceName=")]
    [InlineData("--sentinel", ",serviceName=other", "connection", "no sentinel names a primary that answers for 'other'",
        "SENTINEL get-master-addr-by-name other")]
    public async Task A_store_that_cannot_serve_fails_with_its_cause_and_its_remedy(
        string server, string configuration, string subject, string what, string remedy)
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var redis = server == "--sentinel" ? await RedisServer.StartSentinelAsync(1) : await RedisServer.StartAsync();
        if (server != "--sentinel")
        {
            Assert.StartsWith("+OK", await redis.CommandAsync(server), StringComparison.Ordinal);
        }

        var (exit, findings, text) = await ExamineAsync(redis.Configuration + configuration);

        Assert.True(exit == 1, text);
        Assert.DoesNotContain("canary", text, StringComparison.Ordinal);
        var found = findings.SingleOrDefault(f => f is { Area: "store", Verdict: "failure" } && f.Subject == subject);
        Assert.True(found is not null, text);
        Assert.Contains(what, found.What, StringComparison.Ordinal);
        Assert.Contains(remedy, found.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_managed_server_that_tells_nothing_is_a_warning_for_each_thing_to_look_at_there()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var redis = await RedisServer.StartAsync();
        Assert.StartsWith("+OK",
            await redis.CommandAsync("ACL SETUSER managed on >pass ~sg:* ~__Booksleeve_TieBreak &* +@all -info -config -@admin"),
            StringComparison.Ordinal);
        var configuration = redis.Configuration + ",user=managed,password=pass";
        var (exit, findings, text) = await ExamineAsync(configuration);
        Assert.True(exit == 0, text);
        Assert.Contains(findings, f => f is { Subject: "server durability", Verdict: "warning" }
            && f.Remedy!.Contains("docs/redis.md", StringComparison.Ordinal));
        Assert.Contains(findings, f => f is { Subject: "server eviction", Verdict: "warning" }
            && f.Remedy!.Contains("noeviction", StringComparison.Ordinal));
        Assert.Contains(findings, f => f is { Subject: "server", Verdict: "warning" }
            && f.What.Contains("does not tell its version", StringComparison.Ordinal));
        Assert.Contains(findings, f => f is { Subject: "server memory", Verdict: "warning" });
        Assert.Contains(findings, f => f is { Subject: "writes", Verdict: "ok" });

        var (_, replicas, _) = await ExamineAsync(configuration, ("Store:Durability", "replicas:1"));
        Assert.Contains(replicas, f => f is { Subject: "server durability", Verdict: "warning" }
            && f.What.Contains("does not tell how many replicas", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cluster_is_examined_node_by_node_and_a_slot_without_a_node_is_a_failure()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var cluster = await RedisCluster.StartAsync();
        var (exit, findings, text) = await ExamineAsync(cluster.Configuration);
        Assert.True(exit == 0, text);
        Assert.Equal(3,
            findings.Count(f => f.Subject.StartsWith("node ", StringComparison.Ordinal)
            && f.Subject.EndsWith(" durability", StringComparison.Ordinal) && f.Verdict == "ok"));
        Assert.Equal(3,
            findings.Count(
            f => f.What.Contains("cluster", StringComparison.Ordinal) && f.Subject.StartsWith("node ", StringComparison.Ordinal)));
        Assert.Contains(findings, f => f is { Subject: "cluster", Verdict: "ok", What: "every slot is served, 3 primaries" });
        Assert.Contains(findings, f => f is { Subject: "writes", Verdict: "ok" });

        for (var node = 0; node < 3; node++)
        {
            await cluster.CommandAsync(node, "CLUSTER DELSLOTS 100");
        }

        (exit, findings, text) = await ExamineAsync(cluster.Configuration);
        Assert.True(exit == 1, text);
        Assert.Contains(findings, f => f is { Subject: "cluster", Verdict: "failure" }
            && f.Remedy!.Contains("CLUSTER NODES", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_documents_user_has_the_rights_that_the_examination_needs()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var redis = await RedisServer.StartAsync();
        Assert.StartsWith("+OK", await redis.CommandAsync(await AclTests.RuleAsync("right")), StringComparison.Ordinal);
        var (exit, findings, text) = await ExamineAsync(redis.Configuration + ",user=siro-gateway,password=right");
        Assert.True(exit == 0, text);
        Assert.DoesNotContain(findings, f => f.Area == "store" && f.Verdict != "ok");
        Assert.Equal("*0\r\n", await redis.CommandAsync("ACL LOG"));
    }

    [Fact]
    public async Task A_store_whose_clock_is_off_is_a_warning()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var redis = await RedisServer.StartAsync();
        await using var late = await LateClock.StartAsync(redis.Port, TimeSpan.FromSeconds(90));
        var (exit, findings, text) = await ExamineAsync(late.Configuration);
        Assert.True(exit == 0, text);
        Assert.Contains(findings, f => f is { Subject: "server clock", Verdict: "warning" }
            && f.What.Contains("ahead", StringComparison.Ordinal) && f.Remedy!.Contains("NTP", StringComparison.Ordinal));
    }

    private Task<(int Exit, List<DoctorTests.Line> CheckResults, string Text)> ExamineAsync(
        string redis, params (string Key, string Value)[] changes)
    {
        var settings = new Dictionary<string, string?>(
            gateway.Settings, StringComparer.OrdinalIgnoreCase) { ["Redis:Configuration"] = redis };
        foreach (var (key, value) in changes)
        {
            settings[key] = value;
        }

        return DoctorTests.ExamineAsync(settings);
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }
}
