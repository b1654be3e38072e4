using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Pipelines.Sockets.Unofficial;
using StackExchange.Redis;

namespace Siro.Gateway.Tests.Compat;

/// <summary>
/// Reads the real StackExchange.Redis and binds each of its references to the stand-in, by the runtime's own rules
/// (name, arity, exact signature, ref returns, struct or class).
/// </summary>
public sealed class SurfaceTests
{
    private static readonly Assembly Redis = typeof(ConnectionMultiplexer).Assembly;
    private static readonly string StandIn = typeof(SocketConnection).Assembly.GetName().Name!;

    [Fact]
    public void Every_type_that_StackExchange_Redis_names_exists_here()
    {
        using var file = Open(out var metadata);
        var found = 0;
        Assert.Multiple([.. metadata.TypeReferences.Where(type => IsOurs(metadata, type)).Select(type => (Action)(() =>
        {
            found++;
            var name = metadata.GetString(metadata.GetTypeReference(type).Name);
            var bound = Bind(name, () => Redis.ManifestModule.ResolveType(MetadataTokens.GetToken(type)));
            Assert.True(IsReachable(bound), $"{bound} is not public.");
        }))]);
        Assert.True(found >= 20, $"Only {found} types were found: has the assembly changed its shape?");
    }

    [Fact]
    public void Every_member_that_StackExchange_Redis_calls_exists_here()
    {
        using var file = Open(out var metadata);
        var found = 0;
        Assert.Multiple([.. metadata.MemberReferences.Where(member => IsOurs(metadata, member)).Select(member => (Action)(() =>
        {
            found++;
            var name = metadata.GetString(metadata.GetMemberReference(member).Name);
            // Some members are named inside generic code: any argument that meets the constraints will do.
            var bound = Bind(name, () => Redis.ManifestModule.ResolveMember(MetadataTokens.GetToken(member), [typeof(object)], [typeof(object)])!);
            Assert.True(bound is not MethodBase { IsPublic: false }, $"{bound.DeclaringType}.{bound} is not public.");
        }))]);
        Assert.True(found >= 70, $"Only {found} members were found: has the assembly changed its shape?");
    }

    [Fact]
    public void Every_interface_that_StackExchange_Redis_was_compiled_to_find_on_a_struct_is_there()
    {
        using var file = Open(out var metadata);
        var found = new List<string>();
        foreach (var (type, method) in ConstrainedCalls(file, metadata).Distinct().Where(call => IsOurs(metadata, call.Type)))
        {
            var on = Redis.ManifestModule.ResolveType(MetadataTokens.GetToken(type), [typeof(object)], [typeof(object)]);
            var called = Redis.ManifestModule.ResolveMember(MetadataTokens.GetToken(method), [typeof(object)], [typeof(object)])!;
            found.Add($"{called.DeclaringType!.Name}.{called.Name} on {on.Name}");
            Assert.True(called.DeclaringType.IsAssignableFrom(on), $"{on} is not {called.DeclaringType}: {called.Name} would end the process.");
        }

        // foreach over a disposable enumerator: no reference to a member of the enumerator says that it has to be one.
        Assert.Contains("IDisposable.Dispose on DelegateEnumerator`1", found);
    }

    [Fact]
    public void The_assembly_has_the_identity_that_StackExchange_Redis_asks_for()
    {
        var asked = Assert.Single(Redis.GetReferencedAssemblies(), reference => reference.Name == StandIn);

        Assert.Equal(asked.Version, typeof(SocketConnection).Assembly.GetName().Version);
    }

    private static PEReader Open(out MetadataReader metadata)
    {
        var file = new PEReader(File.OpenRead(Redis.Location));
        metadata = file.GetMetadataReader();
        return file;
    }

    private static T Bind<T>(string name, Func<T> bind)
    {
        try
        {
            return bind();
        }
        catch (Exception missing) when (missing is TypeLoadException or MissingMemberException or BadImageFormatException)
        {
            throw new Xunit.Sdk.XunitException($"{name}: {missing.Message}", missing);
        }
    }

    /// <summary>Pairs of <c>constrained. type</c> and <c>callvirt method</c> in all bodies.</summary>
    private static IEnumerable<(EntityHandle Type, EntityHandle Method)> ConstrainedCalls(PEReader file, MetadataReader metadata)
    {
        const int length = 11; // FE 16 token 6F token
        foreach (var address in metadata.MethodDefinitions.Select(method => metadata.GetMethodDefinition(method).RelativeVirtualAddress).Where(address => address != 0))
        {
            var code = file.GetMethodBody(address).GetILBytes()!;
            for (var i = 0; i + length <= code.Length; i++)
            {
                if (code[i] == 0xFE && code[i + 1] == 0x16 && code[i + 6] == 0x6F)
                {
                    yield return (MetadataTokens.EntityHandle(BitConverter.ToInt32(code, i + 2)), MetadataTokens.EntityHandle(BitConverter.ToInt32(code, i + 7)));
                }
            }
        }
    }

    private static bool IsReachable(Type type) => type.IsPublic || (type.IsNestedPublic && IsReachable(type.DeclaringType!));

    private static bool IsOurs(MetadataReader metadata, MemberReferenceHandle member) => IsOurs(metadata, metadata.GetMemberReference(member).Parent);

    private static bool IsOurs(MetadataReader metadata, EntityHandle type) => type.Kind switch
    {
        HandleKind.TypeReference => IsOurs(metadata, metadata.GetTypeReference((TypeReferenceHandle)type).ResolutionScope),
        HandleKind.TypeSpecification => IsOurs(metadata, GenericTypeOf(metadata, (TypeSpecificationHandle)type)),
        HandleKind.AssemblyReference => metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)type).Name) == StandIn,
        _ => false,
    };

    /// <summary>The open type of `Open{Arguments}`; nil for arrays and parameters.</summary>
    private static EntityHandle GenericTypeOf(MetadataReader metadata, TypeSpecificationHandle specification)
    {
        var blob = metadata.GetBlobReader(metadata.GetTypeSpecification(specification).Signature);
        if (blob.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
        {
            return default;
        }

        blob.ReadCompressedInteger(); // class or value type
        return blob.ReadTypeHandle();
    }
}
