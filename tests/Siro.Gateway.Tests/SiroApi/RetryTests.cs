using System.Net;
using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.SiroApi;

public sealed class RetryTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Answers _siro = new();

    [Theory]
    [InlineData(HttpStatusCode.BadGateway)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.GatewayTimeout)]
    public async Task What_may_be_sent_twice_is_tried_three_times(HttpStatusCode status)
    {
        _siro.Always(status);
        using var answer = await SendAsync(HttpMethod.Get, idempotent: true);
        Assert.Equal((status, 3), (answer.StatusCode, _siro.Seen));
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.NotFound)]
    public async Task Other_failures_pass_at_once(HttpStatusCode status)
    {
        _siro.Always(status);
        using var answer = await SendAsync(HttpMethod.Get, idempotent: true);
        Assert.Equal((status, 1), (answer.StatusCode, _siro.Seen));
    }

    [Theory]
    [InlineData("GET", "/v1/core/users", true)]
    [InlineData("HEAD", "/v1/core/users", true)]
    [InlineData("DELETE", "/v1/core/users/1", true)]
    [InlineData("PUT", "/v1/integrations/sync/engagements", true)]
    [InlineData("PUT", "/v1/integrations/sync/batch/opportunities", true)]
    [InlineData("PUT", "/v1/core/recordings/1/listen", false)]
    [InlineData("PUT", "/v1/integrations/multimedia-events", false)]
    [InlineData("PATCH", "/v1/core/users/1", false)]
    [InlineData("POST", "/v1/integrations/sync/engagements", false)]
    public void Reads_deletes_and_the_PUT_of_a_sync_may_be_sent_twice(string method, string path, bool repeatable) =>
        Assert.Equal(repeatable, SiroRequest.IsRepeatable(method, path));

    [Fact]
    public async Task A_POST_is_not_sent_again_after_503()
    {
        _siro.Always(HttpStatusCode.ServiceUnavailable);
        using var answer = await SendAsync(HttpMethod.Post, idempotent: false);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 1), (answer.StatusCode, _siro.Seen));
    }

    [Fact]
    public async Task A_POST_is_sent_again_after_429_because_it_was_not_processed()
    {
        _siro.Then(HttpStatusCode.TooManyRequests).Always(HttpStatusCode.Created);
        using var answer = await SendAsync(HttpMethod.Post, idempotent: false);
        Assert.Equal((HttpStatusCode.Created, 2), (answer.StatusCode, _siro.Seen));
    }

    [Fact]
    public async Task A_body_that_is_not_held_is_never_sent_again()
    {
        _siro.Always(HttpStatusCode.TooManyRequests);
        using var answer = await SendAsync(HttpMethod.Post, idempotent: true, new StringContent("{}"));
        Assert.Equal((HttpStatusCode.TooManyRequests, 1), (answer.StatusCode, _siro.Seen));
    }

    [Fact]
    public async Task A_connection_that_fails_is_tried_again()
    {
        _siro.Fails(HttpRequestError.ConnectionError).Always(HttpStatusCode.OK);
        using var answer = await SendAsync(HttpMethod.Get, idempotent: true);
        Assert.Equal((HttpStatusCode.OK, 2), (answer.StatusCode, _siro.Seen));
    }

    [Fact]
    public async Task A_connection_that_breaks_in_the_answer_is_not_tried_again()
    {
        _siro.Fails(HttpRequestError.ResponseEnded).Always(HttpStatusCode.OK);
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(HttpMethod.Get, idempotent: true));
        Assert.Equal(1, _siro.Seen);
    }

    [Fact]
    public async Task A_wait_longer_than_the_request_has_left_ends_it()
    {
        _siro.Always(HttpStatusCode.ServiceUnavailable, retryAfter: 30);
        using var answer = await SendAsync(HttpMethod.Get, idempotent: true);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 1), (answer.StatusCode, _siro.Seen));
    }

    [Fact]
    public void Retries_are_a_tenth_of_the_traffic()
    {
        var budget = new RetryBudget();
        var retries = 0;
        for (var n = 0; n < 1000; n++)
        {
            budget.Deposit();
            retries += budget.TryWithdraw() ? 1 : 0;
        }

        Assert.InRange(retries, 100, 111);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, bool idempotent, HttpContent? content = null)
    {
        using var invoker = new HttpMessageInvoker(TestHandler.Over(_siro, _clock));
        using var request = new HttpRequestMessage(method, "http://siro.test/") { Content = content };
        request.Options.Set(SiroRequest.Key, new SiroRequest
        {
            Organization = new OrganizationKey("acme"), Host = SiroHost.External, Client = new ClientName("crm"), Operation = "GET /",
            Idempotent = idempotent,
        });
        var sending = invoker.SendAsync(request, TestContext.Current.CancellationToken);
        while (!sending.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        return await sending;
    }

    private sealed class Answers : HttpMessageHandler
    {
        private readonly Queue<Func<HttpResponseMessage>> _first = new();
        private Func<HttpResponseMessage> _rest = () => new HttpResponseMessage(HttpStatusCode.OK);

        public int Seen { get; private set; }

        public Answers Then(HttpStatusCode status)
        {
            _first.Enqueue(() => new HttpResponseMessage(status));
            return this;
        }

        public Answers Fails(HttpRequestError error)
        {
            _first.Enqueue(() => throw new HttpRequestException(error));
            return this;
        }

        public void Always(HttpStatusCode status, int? retryAfter = null) => _rest = () =>
        {
            var answer = new HttpResponseMessage(status);
            if (retryAfter is { } seconds)
            {
                answer.Headers.Add("Retry-After", seconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }

            return answer;
        };

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Seen++;
            return Task.FromResult((_first.TryDequeue(out var next) ? next : _rest)());
        }
    }
}
