// Hetzner's plugin, made as the published one is: of Hetzner's own Terraform provider and Pulumi's
// bridge.
//
//	pulumi-resource-hcloud schema --out FOLDER   writes the two files that it needs beside it
//	pulumi-resource-hcloud ADDRESS               serves the engine that started it
package main

import (
	"context"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/hetznercloud/terraform-provider-hcloud/hcloud"
	muxed "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	sdk "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

const name = "hcloud"

// What the linker is told: the version of the SDK that asks for this plugin.
var version string

func main() {
	ctx := context.Background()
	if len(os.Args) > 1 && os.Args[1] == "schema" {
		tfgen.MainWithMuxer(name, provider(ctx, []byte("{}")))
		return
	}
	muxed.MainWithMuxer(ctx, name, provider(ctx, beside("bridge-metadata.json")), beside("schema.json"))
}

func provider(ctx context.Context, metadata []byte) tfbridge.ProviderInfo {
	theirs := muxed.MuxShimWithPF(ctx, sdk.NewProvider(hcloud.Provider()), hcloud.NewPluginProvider())
	info := tfbridge.ProviderInfo{
		P:            theirs,
		Name:         name,
		GitHubOrg:    "hetznercloud",
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata(metadata),
	}
	info.MustComputeTokens(tokens.SingleModule("hcloud_", "index", token))
	for kind, resource := range info.Resources {
		// The engine's identifiers are texts, some of Hetzner's are numbers.
		id, found := theirs.ResourcesMap().Get(kind).Schema().GetOk("id")
		if found && id.Type() != shim.TypeString {
			resource.Fields = map[string]*tfbridge.SchemaInfo{"id": {Type: "string"}}
		}
	}
	info.SetAutonaming(255, "-")
	return info
}

// The name by which the SDK asks: hcloud:index/server:Server.
func token(module, kind string) (string, error) {
	return name + ":" + module + "/" + strings.ToLower(kind[:1]) + kind[1:] + ":" + kind, nil
}

func beside(file string) []byte {
	self, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(filepath.Dir(self), file))
	if err != nil {
		log.Fatal(err)
	}
	return content
}
