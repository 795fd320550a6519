#include "cli/network/config_files.h"

#include <string_view>

namespace galen::cli::network {
namespace {

std::string address(const std::string& host, const FileLayout& layout, int hospital) {
  return host_of(host, hospital) + ":" + std::to_string(layout.base_port + hospital);
}

}  // namespace

std::string host_of(const std::string& pattern, int hospital) {
  constexpr std::string_view kNumber = "{i}";
  std::string host = pattern;
  for (auto at = host.find(kNumber); at != std::string::npos; at = host.find(kNumber, at)) {
    host.replace(at, kNumber.size(), std::to_string(hospital));
  }
  return host;
}

std::string hospital_name(int hospital) {
  return "hospital-" + std::to_string(hospital);
}

std::string hospital_address(const FileLayout& layout, int hospital) {
  return address(layout.advertise_host, layout, hospital);
}

std::string node_config_text(const FileLayout& layout) {
  std::string text = "# Node of " + hospital_name(layout.hospital) +
                     ". Every key: docs/operations.md. Paths are relative to this file.\n"
                     "[node]\n"
                     "data_dir = \"data\"\n"
                     "genesis = \"../genesis.json\"\n"
                     "listen = \"" +
                     address(layout.listen_host, layout, layout.hospital) +
                     "\"\n"
                     "ca_bundle = \"../ca-bundle.pem\"\n"
                     "tls_certificate = \"node.crt\"\n"
                     "tls_key = \"keys/node-tls.pem\"\n"
                     "consensus_key = \"keys/consensus.pem\"\n"
                     "agreement_key = \"keys/agreement.pem\"\n"
                     "receipt_key = \"keys/receipt.pem\"\n"
                     "label_secrets = \"keys/labels.secret\"\n"
                     "# Beside the keys, not in data_dir: a node that lost it must not vote.\n"
                     "journal = \"votes\"\n"
                     "\n"
                     "[log]\n"
                     "level = \"info\"\n"
                     "format = \"text\"\n"
                     "\n"
                     "[rpc]\n"
                     "reflection = false\n";
  for (int other = 1; other <= layout.hospitals; ++other) {
    if (other == layout.hospital) continue;
    text += "\n[[peers]]\norganisation = \"" + hospital_name(other) + "\"\naddress = \"" +
            hospital_address(layout, other) + "\"\n";
  }
  return text;
}

std::string client_profile_text(const FileLayout& layout, const std::string& host) {
  std::string text = "# Client profile of " + hospital_name(layout.hospital) +
                     ". Paths are relative to this file.\n"
                     "[profile]\n"
                     "organisation = \"" +
                     hospital_name(layout.hospital) +
                     "\"\n"
                     "genesis = \"../genesis.json\"\n"
                     "ca_bundle = \"../ca-bundle.pem\"\n"
                     "certificate = \"client.crt\"\n"
                     "key = \"keys/client-tls.pem\"\n"
                     "signing_key = \"keys/gateway-signing.pem\"\n"
                     "people = \"people\"\n"
                     "label_secrets = \"keys/labels.secret\"\n";
  for (int i = 0; i < layout.hospitals; ++i) {
    const int hospital = (layout.hospital - 1 + i) % layout.hospitals + 1;  // own node first
    text += "\n[[endpoints]]\norganisation = \"" + hospital_name(hospital) + "\"\naddress = \"" +
            address(host, layout, hospital) + "\"\n";
  }
  return text;
}

}  // namespace galen::cli::network
