namespace Siro.Gateway.Store;

/// <summary>
/// Names one intended change. A script that meets an id it has already carried out changes nothing and gives
/// the first answer again, so a command that was resent, or ran after its caller had given up, does no harm.
/// </summary>
/// <param name="Value">1 to 200 characters; unique, for example from <see cref="Common.Randomness.Id"/>.</param>
public readonly record struct OperationId(string Value)
{
    public override string ToString() => Value;
}
