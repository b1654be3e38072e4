namespace Siro.Gateway.Subscriptions;

/// <summary>An event that is stored in the same step as a change of a subscription: either both are there, or neither.</summary>
/// <param name="RememberMs">For how many ms its id is remembered.</param>
internal sealed record AttachedEvent(string Id, string Type, byte[] Body, long RememberMs);
