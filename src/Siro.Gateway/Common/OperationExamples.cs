namespace Siro.Gateway.Common;

/// <summary>What an operation is sent and what it answers, as JSON; the API's description shows it.</summary>
internal sealed record OperationExamples(string? Request, string? Response, int Status);

/// <summary>Attaches examples to an endpoint.</summary>
internal static class OperationExamplesExtensions
{
    /// <summary><paramref name="request"/> and <paramref name="response"/> are JSON; null where there is none to show.</summary>
    public static TBuilder WithExamples<TBuilder>(this TBuilder builder, string? request, string? response, int status = 200)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new OperationExamples(request, response, status));
}
