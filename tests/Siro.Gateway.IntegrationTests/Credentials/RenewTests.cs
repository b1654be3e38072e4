using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Siro.Emulator.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Credentials;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.IntegrationTests.Credentials;

/// <summary>Siro's refusals, end to end: what is sent again, and what callers are told.</summary>
public class RenewTests : CredentialTest
{
    [Fact]
    public async Task A_request_whose_body_is_held_is_sent_again_with_the_same_bytes()
    {
        await using var replica = await StartReplicaAsync();
        Assert.Equal("404", await replica.StatusAsync(HttpMethod.Delete, "v1/core/recordings/none"));
        Revoke();
        using var answer = await replica.SendAsync(HttpMethod.Post, "v1/core/recordings/signed-urls",
            content: new StringContent("""{"fileType":"mp3","fileSize":9}""", null, "application/json"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var sent = Emulator.Journal.Read(path: "/v1/core/recordings/signed-urls");
        Assert.Equal([401, 200], sent.Select(e => e.Status));
        Assert.Equal("""{"fileType":"mp3","fileSize":9}""", sent[1].BodyText);
    }

    [Fact]
    public async Task A_request_whose_body_is_gone_is_not_sent_again_but_the_next_one_has_a_new_token()
    {
        await using var replica = await StartReplicaAsync();
        Assert.Equal("404", await replica.StatusAsync(HttpMethod.Delete, "v1/core/recordings/none"));
        Revoke();
        var before = Emulator.Journal.Last;
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Emulator.Platform, "v1/core/recordings/signed-urls"))
        {
            Content = new StreamContent(new MemoryStream("""{"fileType":"mp3","fileSize":9}"""u8.ToArray())),
        };
        request.Options.Set(SiroRequest.Key, replica.Request(HttpMethod.Post, null, SiroHost.Platform));
        using (var refused = await replica.Services.GetRequiredService<SiroHttpHandler>().Invoker.SendAsync(request, Cancel))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        Assert.Single(Emulator.Journal.Read(before));
        Assert.Equal("404", await replica.StatusAsync(HttpMethod.Delete, "v1/core/recordings/none"));
        Assert.Equal(2, Emulator.Journal.Mints().Count);
    }

    [Fact]
    public async Task A_replaced_organization_token_is_taken_from_its_file_without_a_restart()
    {
        using var secrets = new TemporaryDirectory();
        var file = Path.Combine(secrets.Path, "Siro__Organizations__acme__OrganizationToken");
        await File.WriteAllTextAsync(file, Emulator.Default.Token + "\n", Cancel);
        await using var replica = await Replica.StartAsync(
            Emulator, StoreConfiguration, s =>
                s.Remove("Siro:Organizations:acme:OrganizationToken"), configure: c =>
                    c.AddKeyPerFile(secrets.Path, optional: false, reloadOnChange: false));
        Assert.Equal(HttpStatusCode.OK, await IdentityAsync(replica));

        // Nothing tells of the change (as on some volumes): Siro's 401 does.
        var next = Emulator.State.Tokens.Issue(Emulator.Default.Organization, "next");
        Emulator.Default.OrganizationToken.RevokedAt = DateTimeOffset.MinValue;
        await File.WriteAllTextAsync(file, next.Value, Cancel);
        Assert.Equal(HttpStatusCode.OK, await IdentityAsync(replica));

        // And where none has come, Siro's answer stands; the file is not read for each request.
        next.RevokedAt = DateTimeOffset.MinValue;
        Assert.Equal(HttpStatusCode.Unauthorized, await IdentityAsync(replica));
        Assert.Equal(HttpStatusCode.Unauthorized, await IdentityAsync(replica));
    }

    [Fact]
    public async Task A_Siro_that_fails_is_asked_a_few_times_and_then_left_alone_for_a_while()
    {
        Emulator.Faults.Answer(503, "external", "/v1/core/oauth/**");
        await using var replica = await StartReplicaAsync(
            timings: new CredentialTimings { Backoff = TimeSpan.FromMilliseconds(20), BreakAfter = 4 });
        for (var i = 0; i < 20; i++)
        {
            var e = await Assert.ThrowsAsync<ProblemException>(() => replica.GetAsync());
            Assert.Equal((503, "siro_token_unavailable"), (e.Problem.Status, e.Problem.Code));
            Assert.True(e.Problem.RetryAfter > TimeSpan.Zero);
        }

        Assert.InRange(Emulator.Journal.Mints().Count, 4, 6);
        Assert.DoesNotContain(Emulator.Journal.Read(), e => e.Host == Siro.Emulator.Hosting.SiroHost.Platform);
    }

    [Fact]
    public async Task A_wrong_client_secret_is_named_by_its_setting_and_not_shown()
    {
        await using var replica = await StartReplicaAsync(s => s["Siro:Organizations:acme:OAuth:ClientSecret"] = "sirosecret_canary");
        var e = await Assert.ThrowsAsync<ProblemException>(() => replica.GetAsync());
        Assert.Equal("siro_token_unavailable", e.Problem.Code);
        Assert.Contains("Siro:Organizations:acme:OAuth:ClientSecret", e.Problem.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("sirosecret_canary", e + replica.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_token_and_no_user_is_found_in_a_metric_or_in_a_log_of_any_level()
    {
        var tags = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, meters) => meters.EnableMeasurementEvents(instrument),
        };
        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> all)
        {
            foreach (var (name, value) in all)
            {
                tags.Enqueue($"{instrument.Meter.Name} {instrument.Name} {name}={value}");
            }
        }

        listener.SetMeasurementEventCallback<long>((instrument, _, all, _) => Note(instrument, all));
        listener.SetMeasurementEventCallback<int>((instrument, _, all, _) => Note(instrument, all));
        listener.SetMeasurementEventCallback<double>((instrument, _, all, _) => Note(instrument, all));
        listener.Start();
        await using var replica = await StartReplicaAsync();
        Assert.Equal("200", await replica.StatusAsync(HttpMethod.Get));
        Revoke();
        Assert.Equal("200", await replica.StatusAsync(HttpMethod.Get));
        Assert.Equal("user_forbidden", await replica.StatusAsync(HttpMethod.Get, user: "nobody-canary"));

        var own = tags.Where(t => t.StartsWith("Siro.Gateway", StringComparison.Ordinal)).ToArray();
        Assert.Contains(own, t => t.Contains("siro.gateway.tokens.mints", StringComparison.Ordinal));
        Assert.DoesNotContain(own, t => t.Contains(Emulator.Default.UserId, StringComparison.Ordinal)
            || t.Contains("nobody-canary", StringComparison.Ordinal));
        var all = string.Join('\n', tags) + replica.Log.Text;
        Assert.All(Emulator.State.Tokens.All, t => Assert.DoesNotContain(t.Value, all, StringComparison.Ordinal));
        Assert.DoesNotContain(Emulator.Default.ClientSecret, all, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> IdentityAsync(Replica replica)
    {
        using var answer = await replica.SendAsync(HttpMethod.Get, "v1/core/auth/caller-identity", host: SiroHost.External);
        return answer.StatusCode;
    }

    private void Revoke()
    {
        foreach (Token token in UserTokens)
        {
            token.RevokedAt = DateTimeOffset.MinValue;
        }
    }
}
