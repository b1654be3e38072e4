using System.Net;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Subscriptions;

public sealed class SubscriptionTests(WebhookFixture gateway) : WebhookTest(gateway)
{
    [Fact]
    public async Task A_new_subscription_shows_its_secret_once_and_gets_what_comes_after_it()
    {
        var before = await EmitAsync(SiroSender.Event(NewId()));
        using var response = await Writer.PostAsync("/v1/subscriptions", Text($$$"""
            {"url":"{{{Subscribers.Url("fresh")}}}","events":["integrations.*"],"headers":{"Authorization":"Bearer x"},"ratePerSecond":50,"concurrency":3,"timeout":"00:00:05",
             "order":"recording","enrich":["summary"],"description":"d","filter":{ "recordingId":{ "$exists":true} } }
            """), Cancel);
        Assert.NotNull(response.Headers.ETag);
        var made = await JsonAsync(response, 201);
        var id = made.GetProperty("id").GetString()!;
        Assert.Equal("/v1/subscriptions/" + id, response.Headers.Location!.OriginalString);
        Assert.StartsWith("whsec_", made.GetProperty("secret").GetString(), StringComparison.Ordinal);

        var shown = await GetAsync("/v1/subscriptions/" + id);
        Assert.Equal(JsonValueKind.Null, shown.GetProperty("secret").ValueKind);
        Assert.Equal("[redacted]", shown.GetProperty("headers").GetProperty("Authorization").GetString());
        Assert.Equal("writer", shown.GetProperty("client").GetString());
        Assert.Equal("recording", shown.GetProperty("order").GetString());
        Assert.Equal("00:00:05", shown.GetProperty("timeout").GetString());
        Assert.True(shown.GetProperty("filter").GetProperty("recordingId").GetProperty("$exists").GetBoolean());

        var after = await EmitAsync(SiroSender.Event(NewId()));
        var received = await ReceivedAsync("fresh", r => r.Id == after, "the event comes");
        Assert.True(Verifies(received, made.GetProperty("secret").GetString()!));
        Assert.Equal("Bearer x", received.Headers.Authorization.ToString());
        Assert.DoesNotContain(Subscribers.At("fresh"), r => r.Id == before);
    }

    [Theory]
    [InlineData("""{"events":["*"]}""", "url", "url_or_pull")]
    [InlineData("""{"url":"http://127.0.0.1/","pull":true}""", "url", "url_or_pull")]
    [InlineData("""{"url":"ftp://x/"}""", "url", "invalid_url")]
    [InlineData("""{"url":"http://10.0.0.1/"}""", "url", "address_forbidden")]
    [InlineData("""{"url":"http://169.254.169.254/"}""", "url", "address_forbidden")]
    [InlineData("""{"pull":true,"events":[]}""", "events", "invalid_events")]
    [InlineData("""{"pull":true,"events":["a b"]}""", "events[0]", "invalid_event_type")]
    [InlineData("""{"pull":true,"events":"x"}""", "events", "invalid_value")]
    [InlineData("""{"pull":true,"filter":{"a":{"$gt":1}}}""", "filter.a.$gt", "unknown_operator")]
    [InlineData("""{"pull":true,"headers":{"Host":"x"}}""", "headers.Host", "forbidden_header")]
    [InlineData("""{"pull":true,"headers":{"webhook-id":"x"}}""", "headers.webhook-id", "forbidden_header")]
    [InlineData("""{"pull":true,"headers":{"X-Ok":"a\r\nb"}}""", "headers.X-Ok", "invalid_header")]
    [InlineData("""{"pull":true,"secret":"whsec_AAAA"}""", "secret", "invalid_secret")]
    [InlineData("""{"pull":true,"ratePerSecond":0}""", "ratePerSecond", "out_of_range")]
    [InlineData("""{"pull":true,"concurrency":0}""", "concurrency", "out_of_range")]
    [InlineData("""{"pull":true,"concurrency":"3"}""", "concurrency", "invalid_value")]
    [InlineData("""{"pull":true,"timeout":"00:10:00"}""", "timeout", "out_of_range")]
    [InlineData("""{"pull":true,"order":"global"}""", "order", "invalid_order")]
    [InlineData("""{"pull":true,"enrich":["transcript"]}""", "enrich[0]", "unknown_enrichment")]
    [InlineData("""{"pull":true,"evnts":["*"]}""", "evnts", "unknown_field")]
    public async Task An_error_is_told_by_its_field(string body, string field, string code)
    {
        var problem = await JsonAsync(await Writer.PostAsync("/v1/subscriptions", Text(body), Cancel), 422);
        Assert.Equal("invalid_subscription", problem.GetProperty("code").GetString());
        Assert.Contains(problem.GetProperty("errors").EnumerateArray(), e => e.GetProperty("field").GetString() == field
            && e.GetProperty("code").GetString() == code);
    }

    [Fact]
    public async Task What_is_no_json_is_400() =>
        await ProblemAsync(await Writer.PostAsync("/v1/subscriptions", Text("{"), Cancel), 400, "invalid_json");

    [Fact]
    public async Task Configured_ones_are_listed_and_read_only()
    {
        var listed = await GetAsync("/v1/subscriptions");
        var billing = Assert.Single(listed.GetProperty("data").EnumerateArray(), s => s.GetProperty("id").GetString() == "billing");
        Assert.True(billing.GetProperty("readOnly").GetBoolean());
        await ProblemAsync(await Writer.PutAsync("/v1/subscriptions/billing", Text("""{"pull":true}"""), Cancel), 409, "read_only");
        await ProblemAsync(await Writer.DeleteAsync("/v1/subscriptions/billing", Cancel), 409, "read_only");
        await ProblemAsync(await Writer.PostAsync("/v1/subscriptions/billing/secret", null, Cancel), 409, "read_only");
        await ProblemAsync(await Writer.PostAsync("/v1/subscriptions/billing/disable", null, Cancel), 409, "read_only");
    }

    [Fact]
    public async Task Each_client_sees_its_own_and_an_admin_all()
    {
        var (adminsOwn, _, _) = await SubscribeAsync(client: Admin);
        var (writers, _, _) = await SubscribeAsync();
        await ProblemAsync(await Writer.GetAsync("/v1/subscriptions/" + adminsOwn, Cancel), 404, "subscription_not_found");
        await ProblemAsync(await Writer.DeleteAsync("/v1/subscriptions/" + adminsOwn, Cancel), 404, "subscription_not_found");
        await ProblemAsync(await Writer.GetAsync("/v1/subscriptions/no.such", Cancel), 404, "subscription_not_found");
        Assert.Equal("writer", (await GetAsync("/v1/subscriptions/" + writers, Admin)).GetProperty("client").GetString());
        await ProblemAsync(
            await Fixture.CreateClient(GatewaySettings.ReaderKey).GetAsync("/v1/subscriptions", Cancel), 403, "permission_missing");
        await ProblemAsync(await Fixture.CreateClient(GatewaySettings.ReaderKey).PostAsync("/v1/subscriptions", Text("{}"), Cancel), 403,
            "permission_missing");
        var page = await GetAsync("/v1/subscriptions?limit=1", Admin);
        var second = await GetAsync("/v1/subscriptions?limit=1&cursor=" + page.GetProperty("cursor").GetString(), Admin);
        Assert.NotEqual(
            page.GetProperty("data")[0].GetProperty("id").GetString(), second.GetProperty("data")[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_change_that_asked_for_no_etag_is_made_although_others_change_at_once()
    {
        var (id, _, _) = await SubscribeAsync("none.such");
        string[] changes = [.. Enumerable.Repeat((string[])["disable", "enable", "secret"], 5).SelectMany(c => c)];
        var answers = await Task.WhenAll(changes.Select(change => Writer.PostAsync($"/v1/subscriptions/{id}/{change}", null, Cancel)));
        foreach (var answer in answers)
        {
            await JsonAsync(answer);
        }

        using var deleted = await Writer.DeleteAsync("/v1/subscriptions/" + id, Cancel);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
    }

    [Theory]
    [InlineData("enable")]
    [InlineData("disable")]
    public async Task Enabling_and_disabling_heed_the_etag(string action)
    {
        var (id, _, _) = await SubscribeAsync();
        using var stale = new HttpRequestMessage(HttpMethod.Post, $"/v1/subscriptions/{id}/{action}");
        stale.Headers.TryAddWithoutValidation("If-Match", "\"0\"");
        await ProblemAsync(await Writer.SendAsync(stale, Cancel), 412, "etag_mismatch");

        var tag = (await Writer.GetAsync($"/v1/subscriptions/{id}", Cancel)).Headers.ETag!.Tag;
        using var known = new HttpRequestMessage(HttpMethod.Post, $"/v1/subscriptions/{id}/{action}");
        known.Headers.TryAddWithoutValidation("If-Match", tag);
        await JsonAsync(await Writer.SendAsync(known, Cancel));
    }

    [Fact]
    public async Task A_change_heeds_the_etag_and_takes_effect()
    {
        var (id, _, name) = await SubscribeAsync("none.such", ",\"headers\":{\"X-Token\":\"t\"}");
        using var read = await Writer.GetAsync("/v1/subscriptions/" + id, Cancel);
        var tag = read.Headers.ETag!.ToString();
        foreach (var known in new[] { tag, "W/" + tag, $"\"other\", {tag}", "*" })
        {
            using var notModified = await Writer.SendAsync(
                new HttpRequestMessage(HttpMethod.Get, "/v1/subscriptions/" + id) { Headers = { { "If-None-Match", known } } }, Cancel);
            Assert.Equal(HttpStatusCode.NotModified, notModified.StatusCode);
        }

        // The answer itself can be changed and sent back: header values that come back as shown stay.
        var body = (await read.Content.ReadAsStringAsync(Cancel)).Replace("none.such", "*", StringComparison.Ordinal);
        HttpRequestMessage Put(string match) =>
            new(HttpMethod.Put, "/v1/subscriptions/" + id) { Content = Text(body), Headers = { { "If-Match", match } } };
        var changed = await JsonAsync(await Writer.SendAsync(Put(tag), Cancel));
        Assert.Equal("*", changed.GetProperty("events")[0].GetString());
        await ProblemAsync(await Writer.SendAsync(Put(tag), Cancel), 412, "etag_mismatch");
        var emitted = await EmitAsync(SiroSender.Event(NewId()));
        var received = await ReceivedAsync(name, r => r.Id == emitted, "the event comes");
        Assert.Equal("t", received.Headers["X-Token"].ToString());

        using var deleted = await Writer.DeleteAsync("/v1/subscriptions/" + id, Cancel);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        var last = await EmitAsync(SiroSender.Event(NewId()));
        await ReceivedAsync("billing", r => r.Id == last, "the event comes elsewhere");
        Assert.DoesNotContain(Subscribers.At(name), r => r.Id == last);
    }

    [Fact]
    public async Task A_rotated_secret_signs_beside_the_old_one()
    {
        var (id, old, name) = await SubscribeAsync();
        var rotated = await PostAsync($"/v1/subscriptions/{id}/secret");
        var now = rotated.GetProperty("secret").GetString()!;
        Assert.InRange(rotated.GetProperty("previousSecretUntil").GetDateTimeOffset() - TimeProvider.System.GetUtcNow(),
            TimeSpan.FromHours(23.9), TimeSpan.FromHours(24));

        // A replica may sign with what it knew for a moment after the change; both sides accept either.
        await Until.TrueAsync(
            async () =>
            {
                var emitted = await EmitAsync(SiroSender.Event(NewId()));
                var received = await ReceivedAsync(name, r => r.Id == emitted, "the event comes");
                Assert.True(Verifies(received, old));
                return Verifies(received, now) && Verifies(received, now, "svix-") && Verifies(received, old, "svix-");
            },
            "deliveries are signed with both");
        foreach (var mistaken in (string[])["""{"secret":"short"}""", """{"secret":5}""",
            """{"Secret":"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"""])
        {
            await ProblemAsync(
                await Writer.PostAsync($"/v1/subscriptions/{id}/secret", Text(mistaken), Cancel), 422, "invalid_subscription");
        }

        // A rotation that is sent again, because its answer was lost, takes nothing from the one before it.
        const string own = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        await PostAsync($"/v1/subscriptions/{id}/secret", $$"""{"secret":"{{own}}"}""");
        Assert.Equal(
            own, (await PostAsync($"/v1/subscriptions/{id}/secret", $$"""{"secret":"{{own}}"}""")).GetProperty("secret").GetString());
        await Until.TrueAsync(
            async () =>
            {
                var emitted = await EmitAsync(SiroSender.Event(NewId()));
                var received = await ReceivedAsync(name, r => r.Id == emitted, "the event comes");
                Assert.True(Verifies(received, now));
                return Verifies(received, own) && Verifies(received, old);
            },
            "deliveries are signed with the given one, too, and with the first, which was promised a day");
    }

    [Theory]
    [InlineData("00:00:00", 0)]
    [InlineData("2.00:00:00", 48)]
    [InlineData("7.00:00:00", 168)]
    public async Task A_subscription_has_a_grace_of_its_own_for_the_secret_before(string grace, int hours)
    {
        var (id, old, name) = await SubscribeAsync("grace.*", $$""","secretGrace":"{{grace}}" """);
        Assert.Equal(grace, (await GetAsync($"/v1/subscriptions/{id}")).GetProperty("secretGrace").GetString());
        var rotated = await PostAsync($"/v1/subscriptions/{id}/secret");
        var now = rotated.GetProperty("secret").GetString()!;
        var eventId = await EmitAsync("""{"eventType":"grace.x"}""");
        var received = await ReceivedAsync(name, r => r.Id == eventId, "it is delivered");
        Assert.True(Verifies(received, now));
        Assert.Equal(hours > 0, Verifies(received, old));
        if (hours > 0)
        {
            Assert.InRange((rotated.GetProperty("previousSecretUntil").GetDateTimeOffset() - TimeProvider.System.GetUtcNow()).TotalHours,
                hours - 0.1, hours);
        }
    }

    [Theory]
    [InlineData("\"8.00:00:00\"")]
    [InlineData("\"-00:00:01\"")]
    [InlineData("\"soon\"")]
    public async Task A_grace_out_of_range_is_told_by_its_field(string grace)
    {
        using var refused = await Writer.PostAsync(
            "/v1/subscriptions", Text($$"""{"url":"{{Subscribers.Url("x")}}","secretGrace":{{grace}}}"""), Cancel);
        var problem = await JsonAsync(refused, 422);
        Assert.Equal("secretGrace", problem.GetProperty("errors")[0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task Rotations_end_where_a_delivery_would_be_nothing_but_signatures()
    {
        var (id, first, name) = await SubscribeAsync();
        for (var i = 0; i < 10; i++)
        {
            await PostAsync($"/v1/subscriptions/{id}/secret");
        }

        using var refused = await Writer.PostAsync($"/v1/subscriptions/{id}/secret", null, Cancel);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromHours(23), TimeSpan.FromHours(24));
        await ProblemAsync(refused, 409, "too_many_rotations");
        var emitted = await EmitAsync(SiroSender.Event(NewId()));
        Assert.True(Verifies(await ReceivedAsync(name, r => r.Id == emitted, "the event comes"), first));
    }

    [Fact]
    public async Task A_test_shows_the_answer_at_once()
    {
        var (id, secret, name) = await SubscribeAsync();
        Subscribers.Behave(name, async (context, _) =>
        {
            context.Response.StatusCode = 418;
            await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, "tea\u0007");
        });
        var result = await PostAsync($"/v1/subscriptions/{id}/test");
        Assert.Equal((false, 418, @"tea\u0007", "status"), (
            result.GetProperty("delivered").GetBoolean(), result.GetProperty("status").GetInt32(), result.GetProperty("answer").GetString(),
            result.GetProperty("error").GetString()));
        var received = Assert.Single(Subscribers.At(name));
        Assert.True(Verifies(received, secret));
        Subscribers.Answer(name, 204);
        Assert.True((await PostAsync($"/v1/subscriptions/{id}/test")).GetProperty("delivered").GetBoolean());
    }

    [Fact]
    public async Task Only_what_the_filter_lets_through_is_delivered()
    {
        var (_, _, name) = await SubscribeAsync(
            more: """,  "filter":{"$and":[{"recordingLinked":true},{"crm.opportunity.externalId":{"$in":["opp-1"]}}]}""");
        await EmitAsync(
            SiroSender.Event(NewId(), linked: true, processed: false, more: ",\"crm\":{\"opportunity\":{\"externalId\":\"opp-2\"}}"));
        var wanted = await EmitAsync(
            SiroSender.Event(NewId(), linked: true, processed: false, more: ",\"crm\":{\"opportunity\":{\"externalId\":\"opp-1\"}}"));
        await ReceivedAsync(name, r => r.Id == wanted, "the matching event comes");
        Assert.Single(Subscribers.At(name));
    }
}
