// galend.toml: what a node is told by its operator (docs/operations.md has every key).
// Strict: an unknown key, a missing key or a value out of range is one clear line (PLATFORM.md 8.5,
// 8.6). Precedence: flag > environment GALEN_<SECTION>_<KEY> > file > default.
// Thread rule: values; load once at start.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace galen::node {

struct PeerAddress {
  std::string organisation;  ///< name in the genesis file
  std::string address;       ///< "host:port"
  friend bool operator==(const PeerAddress&, const PeerAddress&) = default;
};

/// All paths are absolute or relative to the working directory; load_config() has resolved those
/// of the file against the file's own directory.
struct NodeConfig {
  // [node]
  std::string data_dir;
  std::string genesis;
  std::string listen;           ///< "127.0.0.1:7101"; port 0 = any free port
  std::string ca_bundle;        ///< PEM, the authorities of all organisations
  std::string tls_certificate;  ///< PEM
  std::string tls_key;
  std::string consensus_key;
  std::string agreement_key;  ///< of the organisation: re-wraps record keys (PRIVACY.md 21)
  std::string label_secrets;  ///< may be empty
  std::string earlier_agreement_keys;  ///< those that older records were stored under; may be empty
  std::string receipt_key;             ///< signs storage receipts
  std::string journal;                 ///< directory of the vote journal; default <data_dir>/votes

  // [[peers]]: every other validator
  std::vector<PeerAddress> peers;

  // [limits]
  std::uint32_t verify_threads = 1;       ///< signature verification; default cores - 1, at least 1
  std::uint64_t cache_bytes = 0;          ///< RocksDB block cache; default 64 MiB
  std::uint64_t min_free_disk_bytes = 0;  ///< payloads are refused below; default 256 MiB
  std::uint32_t submissions_per_caller = 0;     ///< waiting at once, per client; default 4096
  std::uint32_t connections = 0;                ///< open at once, peers' included; default 4096
  std::chrono::milliseconds shutdown_grace{0};  ///< default 10 s

  // [log]
  std::string log_level;   ///< trace, debug, info, warn, error
  std::string log_format;  ///< text or json
  std::string log_file;    ///< empty = stderr

  // [rpc]
  bool reflection = false;

  // [metrics]
  std::string metrics_listen;  ///< "127.0.0.1:9101"; empty = no metrics

  /// Where each value came from, by "section.key": "flag", "environment", "file" or "default".
  std::map<std::string, std::string> sources;
};

/// "section.key" -> value, as given by --set on the command line.
using ConfigFlags = std::map<std::string, std::string>;
/// Environment by name. Only names starting with GALEN_NODE_, GALEN_LIMITS_, GALEN_LOG_, GALEN_RPC_
/// and GALEN_METRICS_ are looked at; an unknown one of these is an error.
using Environment = std::map<std::string, std::string>;

/// Reads and checks the file. kConfig with file, line and key at fault. Looks at no other file.
[[nodiscard]] Result<NodeConfig> load_config(const std::string& path,
                                             const Environment& environment,
                                             const ConfigFlags& flags = {});

/// load_config() of a text; relative paths are resolved against `directory`. `name` is for
/// messages.
[[nodiscard]] Result<NodeConfig> parse_config(const std::string& text,
                                              const std::string& name,
                                              const std::string& directory,
                                              const Environment& environment,
                                              const ConfigFlags& flags = {});

/// The process's environment.
[[nodiscard]] Environment process_environment();

/// TOML of the effective values with the source of each as a comment. Holds paths, never keys.
[[nodiscard]] std::string print_config(const NodeConfig& config);

}  // namespace galen::node
