using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Snippets;

namespace Siro.Gateway.IntegrationTests.Operations;

public sealed partial class SetupDocumentTests(SetupDocumentTests.Fixture gateway) : IClassFixture<SetupDocumentTests.Fixture>
{
    private static readonly byte[] Event = Encoding.UTF8.GetBytes(SiroSender.Event("rec-setup"));

    /// <summary>How each refusal comes about. The last one takes the store away.</summary>
    private static readonly Dictionary<string, Func<HttpClient, StoreServer, Task<HttpResponseMessage>>> Causes = new(
        StringComparer.Ordinal)
    {
        ["missing_headers"] = (client, _) => client.PostWebhookAsync("msg_1", Event, change: r => r.Headers.Remove("svix-signature")),
        ["bad_signature"] = (client, _) => client.PostWebhookAsync("msg_2", Event, secret: "whsec_" + Convert.ToBase64String(new byte[32])),
        ["stale_timestamp"] = (client, _) => client.PostWebhookAsync("msg_3", Event, age: TimeSpan.FromMinutes(6)),
        ["unknown_organization"] = (client, _) => client.PostWebhookAsync("msg_4", Event, "/v1/webhooks/siro/other"),
        ["body_too_large"] = (client, _) => client.PostWebhookAsync("msg_5", new byte[300 * 1024]),
        ["store_unavailable"] = async (client, store) =>
        {
            await store.KillAsync();
            return await client.PostWebhookAsync("msg_6", Event);
        },
    };

    [Fact]
    public async Task What_Siro_shows_for_a_refused_webhook_is_what_the_page_says()
    {
        var rows = Row().Matches(
            await File.ReadAllTextAsync(Path.Combine(Snippet.Root, "docs", "siro-setup.md"), TestContext.Current.CancellationToken))
            .Select(m => (Status: int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), Code: m.Groups[2].Value)).ToList();
        Assert.Equal(Causes.Keys.Order(StringComparer.Ordinal), rows.Select(r => r.Code).Order(StringComparer.Ordinal));
        await using var started = await gateway.StartInProcessAsync();
        using var client = started.CreateClient(apiKey: null);
        using (var taken = await client.PostWebhookAsync("msg_0", Event))
        {
            Assert.Equal(200, (int)taken.StatusCode);
        }

        foreach (var (status, code) in rows)
        {
            using var answer = await Causes[code](client, gateway.Store);
            Assert.Equal((status, code),
                ((int)answer.StatusCode, answer.Headers.TryGetValues("Siro-Gateway-Error", out var told) ? told.Single() : "none"));
            Assert.Contains($"\"code\":\"{code}\"", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
                StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"^\| ([0-9]{3}) `([a-z_]+)` \|", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }
}
