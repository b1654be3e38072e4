namespace Siro.Gateway.SiroApi;

/// <summary>How features talk to Siro: the same handler chain as the proxy's.</summary>
public sealed class SiroClient
{
    /// <summary>A Siro that takes a request and never answers would else hold its caller, or a job, without end.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(100);

    private readonly SiroHttpHandler _handler;
    private readonly SiroAddresses _addresses;
    private readonly IBudget _budget;

    internal SiroClient(SiroHttpHandler handler, SiroAddresses addresses, IBudget budget, TimeProvider time, ContractWatch contracts)
    {
        Contracts = contracts;
        _handler = handler;
        _addresses = addresses;
        _budget = budget;
        Time = time;
    }

    /// <summary>Compares answers with the contract; <see cref="SiroAnswer.ReadAsync"/> asks it by itself.</summary>
    internal ContractWatch Contracts { get; }

    /// <summary>The clock by which dates in Siro's answers are read.</summary>
    internal TimeProvider Time { get; }

    /// <summary>
    /// Sends <paramref name="method"/> <paramref name="path"/> (relative to the host, with its query) and answers when the head has
    /// arrived; the caller disposes the answer and bounds what it reads of the body. Throws <see cref="Common.ProblemException"/> when the
    /// gateway itself refuses (no credential, no budget), <see cref="HttpRequestException"/> when Siro can't be reached.
    /// </summary>
    public async Task<HttpResponseMessage> SendAsync(
        SiroRequest siro, HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(_addresses[siro.Host], path.TrimStart('/')))
        {
            Content = content,
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        if (content is not null && siro.HeldBody is null)
        {
            siro = siro with { HeldBody = await content.ReadAsByteArrayAsync(cancellationToken) };
        }

        request.Options.Set(SiroRequest.Key, siro);
        return await _handler.Invoker.SendAsync(request, cancellationToken);
    }

    /// <summary>
    /// The same with what <paramref name="read"/> makes of the answer, all within one time limit: <see cref="AnswerTime"/>, and what the
    /// request may wait for budget. Past it: <see cref="Common.ProblemException"/>, 504 <c>siro_timeout</c>.
    /// </summary>
    internal async Task<T> AskAsync<T>(
        SiroRequest siro, HttpMethod method, string path, HttpContent? content,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(AnswerTime + _budget.MaxWait(siro), Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        try
        {
            using var response = await SendAsync(siro, method, path, content, either.Token);
            return await read(response, either.Token);
        }
        catch (OperationCanceledException e) when (over.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new Common.ProblemException(SiroOutcome.Timeout.ToProblem(mayHaveBeenDone: true), e);
        }
    }
}
