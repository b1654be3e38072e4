using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>A script as a store leaves it that was killed in its middle: what it has called so far is written, the rest is not.</summary>
internal static class CutScript
{
    /// <summary>
    /// Breaks a script off after <paramref name="calls"/> calls of the store. True where it came to its end before; Lua rolls nothing back.
    /// </summary>
    public static async Task<bool> RunAsync(IDatabase database, RedisScript script, int calls, RedisKey[] keys, RedisValue[] arguments)
    {
        // The count comes as the last argument, so that the store compiles one script for all counts.
        var text = """
            local left, store = tonumber(table.remove(ARGV)), redis
            local redis = { call = function(...)
              if left == 0 then error('cut') end
              left = left - 1
              return store.call(...)
            end }

            """ + script.Text;
        try
        {
            await database.ScriptEvaluateAsync(text, keys, [.. arguments, calls]);
            return true;
        }
        catch (RedisServerException e) when (e.Message.Contains("cut", StringComparison.Ordinal))
        {
            return false;
        }
    }
}
