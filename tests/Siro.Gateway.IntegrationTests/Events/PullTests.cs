using System.Net;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Events;

public sealed class PullTests(WebhookFixture gateway) : WebhookTest(gateway)
{
    private async Task<string> ReaderAsync(string events) =>
        (await PostAsync("/v1/subscriptions", $$"""{"pull":true,"events":["{{events}}"]}""", 201)).GetProperty("id").GetString()!;

    private static List<string> Ids(JsonElement page) =>
        [.. page.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("id").GetString()!)];

    [Fact]
    public async Task Events_are_read_in_order_until_they_are_acknowledged()
    {
        var id = await ReaderAsync("pull.*");
        var emitted = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            emitted.Add(await EmitAsync($$"""{"eventType":"pull.n","n":{{i}}}"""));
            await EmitAsync("""{"eventType":"others"}""");
        }

        var first = await GetAsync($"/v1/subscriptions/{id}/events?limit=3");
        Assert.Equal(emitted[..3], Ids(first));
        Assert.Equal(0, first.GetProperty("data")[0].GetProperty("payload").GetProperty("n").GetInt32());
        Assert.Equal(emitted[..3], Ids(await GetAsync($"/v1/subscriptions/{id}/events?limit=3")));
        var cursor = first.GetProperty("cursor").GetString();
        Assert.Equal(emitted[3..], Ids(await GetAsync($"/v1/subscriptions/{id}/events?cursor={cursor}")));
        Assert.Equal(cursor,
            (await PostAsync($"/v1/subscriptions/{id}/events/ack", $$"""{"cursor":"{{cursor}}"}""")).GetProperty("cursor").GetString());
        Assert.Equal(
            cursor, (await PostAsync($"/v1/subscriptions/{id}/events/ack", """{"cursor":"5"}""")).GetProperty("cursor").GetString());
        var rest = await GetAsync($"/v1/subscriptions/{id}/events");
        Assert.Equal(emitted[3..], Ids(rest));
        await PostAsync($"/v1/subscriptions/{id}/events/ack", $$"""{"cursor":"{{rest.GetProperty("cursor").GetString()}}"}""");
        Assert.Empty(Ids(await GetAsync($"/v1/subscriptions/{id}/events")));

        // Going back is a replay.
        var back = await PostAsync($"/v1/subscriptions/{id}/replay",
            JsonSerializer.Serialize(new { since = TimeProvider.System.GetUtcNow().AddMinutes(-1) }), 202);
        Assert.Equal(5, back.GetProperty("count").GetInt32());
        Assert.Equal(emitted, Ids(await GetAsync($"/v1/subscriptions/{id}/events")));
    }

    [Theory]
    [InlineData(@"\ud83d")] // half of a pair, as a sender writes that cuts a title inside of an emoji
    [InlineData("a\u0001b")] // no JSON at all
    public async Task A_text_that_cannot_be_read_stops_neither_readers_nor_filters(string cut)
    {
        var type = NewId("cut.");
        var reader = await ReaderAsync(type);
        var (_, _, name) = await SubscribeAsync(type, ""","filter":{"title":{"$not":{"$eq":"other"}},"n":{"$not":{"$eq":1}}}""");
        var first = await EmitAsync($$"""{"eventType":"{{type}}","title":"{{cut}}","{{cut}}":1,"n":1e99999999999}""");
        var last = await EmitAsync($$"""{"eventType":"{{type}}","title":"whole"}""");
        Assert.Equal(last, (await ReceivedAsync(name, r => r.Id == last, "the event after it is delivered")).Id);
        Assert.Equal(last, Ids(await GetAsync($"/v1/subscriptions/{reader}/events"))[^1]);
        Assert.Equal(first, (await GetAsync($"/v1/events/{first}")).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_long_poll_ends_with_the_first_event()
    {
        var id = await ReaderAsync("poll.*");
        var poll = GetAsync($"/v1/subscriptions/{id}/events?wait=30");
        await EmitAsync("""{"eventType":"others"}""");
        Assert.False(poll.IsCompleted);
        var emitted = await EmitAsync("""{"eventType":"poll.x"}""");
        Assert.Equal([emitted], Ids(await poll.WaitAsync(TimeSpan.FromSeconds(25), Cancel)));
    }

    [Fact]
    public async Task A_stream_sends_events_as_they_come_and_continues_after_the_last()
    {
        var id = await ReaderAsync("stream.*");
        var first = await EmitAsync("""{"eventType":"stream.x"}""");
        string? last;
        using (var stream = await StreamAsync(id, null))
        {
            var (eventId, cursor) = await NextAsync(stream);
            Assert.Equal(first, eventId);
            var second = await EmitAsync("""{"eventType":"stream.y"}""");
            Assert.Equal(second, (await NextAsync(stream)).EventId);
            last = cursor;
        }

        var third = await EmitAsync("not json either");
        Assert.NotNull(third);
        using var again = await StreamAsync(id, last);
        Assert.NotEqual(first, (await NextAsync(again)).EventId);
    }

    [Fact]
    public async Task Readers_and_endpoints_are_not_mixed_up()
    {
        var id = await ReaderAsync("*");
        await ProblemAsync(await Writer.PostAsync($"/v1/subscriptions/{id}/test", null, Cancel), 409, "pull_subscription");
        await ProblemAsync(await Writer.PostAsync($"/v1/subscriptions/{id}/secret", null, Cancel), 409, "pull_subscription");
        await ProblemAsync(await Writer.GetAsync("/v1/subscriptions/billing/events", Cancel), 409, "push_subscription");
        await ProblemAsync(
            await Writer.PostAsync($"/v1/subscriptions/{id}/events/ack", Text("""{"cursor":"x"}"""), Cancel), 422, "invalid_cursor");
        await PostAsync($"/v1/subscriptions/{id}/disable");
        await Until.TrueAsync(async () => (
            await Writer.GetAsync($"/v1/subscriptions/{id}/events", Cancel)).StatusCode == HttpStatusCode.Conflict, "it is disabled");
    }

    private async Task<StreamReader> StreamAsync(string id, string? last)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get, $"/v1/subscriptions/{id}/events") { Headers = { { "Accept", "text/event-stream" } } };
        if (last is not null)
        {
            request.Headers.Add("Last-Event-ID", last);
        }

        var response = await Writer.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        return new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
    }

    private static async Task<(string EventId, string Cursor)> NextAsync(StreamReader stream)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        late.CancelAfter(TimeSpan.FromSeconds(30));
        string cursor = "";
        while (await stream.ReadLineAsync(late.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                cursor = line["id: ".Length..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return (JsonSerializer.Deserialize<JsonElement>(line["data: ".Length..]).GetProperty("id").GetString()!, cursor);
            }
        }

        throw new InvalidOperationException("The stream ended.");
    }
}
