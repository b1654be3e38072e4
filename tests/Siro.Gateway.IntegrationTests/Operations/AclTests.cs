using System.Net.Http.Json;
using System.Reflection;
using System.Text.RegularExpressions;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;

namespace Siro.Gateway.IntegrationTests.Operations;

public sealed partial class AclTests(AclTests.Fixture gateway) : IClassFixture<AclTests.Fixture>
{
    [Fact]
    public async Task The_documents_Redis_user_may_do_all_that_the_gateway_does()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        await using var redis = await RedisServer.StartAsync();
        Assert.StartsWith("+OK", await redis.CommandAsync(await RuleAsync("right")), StringComparison.Ordinal);
        await using var subscribers = await Subscribers.StartAsync();
        await using (var started = await gateway.StartInProcessAsync(null,
            ("Redis:Configuration", redis.Configuration + ",user=siro-gateway,password=right")))
        {
            using var client = started.CreateClient();
            using var created = await client.PostAsJsonAsync(
                "/v1/subscriptions", new { url = subscribers.Url("acl"), events = new[] { "*" } });
            Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync());
            using var taken = await client.PostWebhookAsync("msg_acl", SiroSender.Event("rec-acl"));
            Assert.True(taken.IsSuccessStatusCode);
            var (uploaded, upload) = await client.UploadAsync(Forms.Of(Uploads.Recordings.Wav(30_000)), key: "acl");
            Assert.True(uploaded.IsSuccessStatusCode, upload.ToString());
            using var proxied = await client.GetAsync("/platform/v1/core/recordings");
            Assert.True(proxied.IsSuccessStatusCode);
            using var listed = await client.GetAsync("/v1/events");
            Assert.True(listed.IsSuccessStatusCode);
            await Until.TrueAsync(() => subscribers.At("acl").Count > 0, "the event is delivered");
        }

        Assert.Equal("*0\r\n", await redis.CommandAsync("ACL LOG"));
    }

    /// <summary>The page's own command, with a password.</summary>
    internal static async Task<string> RuleAsync(string password)
    {
        var root = typeof(AclTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!;
        var document = await File.ReadAllTextAsync(Path.Combine(root, "docs", "redis.md"));
        return Space().Replace(Rule().Match(document).Value, " ").Replace("PASSWORD", password, StringComparison.Ordinal).Trim();
    }

    [GeneratedRegex(@"^ACL SETUSER[^`]+", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rule();

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Space();

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }
}
