namespace Siro.Gateway.Common;

/// <summary>A feature of requests that Siro has answered: its answer stays as it is, an empty one too.</summary>
internal sealed class AnsweredBySiro
{
    public static readonly AnsweredBySiro Instance = new();
}
