#include "node/config/config.h"

#include "node/config/config_keys.h"
#include "node/config/config_values.h"
#include "storage/keys/key_file.h"

#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>
#include <toml++/toml.h>
#include <unistd.h>
#include <utility>

namespace galen::node {
namespace {

constexpr std::array<std::string_view, 5> kSections{"node", "limits", "log", "rpc", "metrics"};

bool is_section(std::string_view name) {
  for (const auto section : kSections) {
    if (section == name) return true;
  }
  return false;
}

/// Where a value was found, for messages and print_config().
struct Origin {
  std::string source;  ///< "flag", "environment", "file", "default"
  std::string where;   ///< "galend.toml:12: node.listen"
};

Status set_value(NodeConfig& config,
                 const ConfigKey& key,
                 const std::string& text,
                 const Origin& origin) {
  // Not repeated, here or by whatever takes it for the name of a file.
  if (text.find("-----BEGIN") != std::string::npos || text.find('\n') != std::string::npos) {
    return fail(ErrorCode::kConfig,
                origin.where + ": holds key material or a line break; name the file instead");
  }
  auto status = key.set(config, text);
  if (!status) return fail_in(origin.where, status.error());
  config.sources[key.name] = origin.source;
  return {};
}

std::string line_of(const toml::node& node) {
  return std::to_string(node.source().begin.line);
}

/// The value as text, or why its type is wrong.
Result<std::string> value_text(const toml::node& node, ValueKind kind) {
  if (kind == ValueKind::kNumber) {
    if (const auto* number = node.as_integer()) return std::to_string(number->get());
    return fail(ErrorCode::kConfig, "must be a whole number without quotes");
  }
  if (kind == ValueKind::kFlag) {
    if (const auto* flag = node.as_boolean()) return std::string(flag->get() ? "true" : "false");
    return fail(ErrorCode::kConfig, "must be true or false without quotes");
  }
  if (const auto* text = node.as_string()) return text->get();
  return fail(ErrorCode::kConfig, "must be a text in quotes");
}

std::string resolve(const std::string& directory, const std::string& path) {
  const std::filesystem::path given(path);
  if (path.empty() || directory.empty() || given.is_absolute()) return path;
  return (std::filesystem::path(directory) / given).lexically_normal().string();
}

/// Reads the tables of one file into a NodeConfig.
class FileReader {
 public:
  FileReader(std::string name, std::string directory, NodeConfig& config)
      : name_(std::move(name)), directory_(std::move(directory)), config_(config) {}

  Status read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const std::string section(key.str());
      if (section == "peers") {
        GALEN_TRY_STATUS(read_peers(node));
      } else if (is_section(section) && node.is_table()) {
        GALEN_TRY_STATUS(read_section(section, *node.as_table()));
      } else {
        return fail_at(node, "unknown key or section \"" + section + "\"");
      }
    }
    return {};
  }

 private:
  [[nodiscard]] tl::unexpected<Error> fail_at(const toml::node& node,
                                              const std::string& what) const {
    return fail(ErrorCode::kConfig, name_ + ":" + line_of(node) + ": " + what);
  }

  Status read_section(const std::string& section, const toml::table& table) {
    for (const auto& [short_name, node] : table) {
      const std::string full = section + "." + std::string(short_name.str());
      const ConfigKey* key = find_config_key(full);
      if (key == nullptr) return fail_at(node, "unknown key \"" + full + "\"");
      auto text = value_text(node, key->kind);
      if (!text) return fail_at(node, full + ": " + text.error().message);
      if (key->kind == ValueKind::kPath) *text = resolve(directory_, *text);
      GALEN_TRY_STATUS(
          set_value(config_, *key, *text, {"file", name_ + ":" + line_of(node) + ": " + full}));
    }
    return {};
  }

  Status read_peers(const toml::node& node) {
    const auto* list = node.as_array();
    if (list == nullptr)
      return fail_at(node, "peers: write [[peers]] with organisation and address");
    for (const auto& item : *list) {
      if (!item.is_table()) return fail_at(item, "peers: must be [[peers]] tables");
      GALEN_TRY_STATUS(read_peer(*item.as_table()));
    }
    return {};
  }

  Status read_peer(const toml::table& table) {
    PeerAddress peer;
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (name != "organisation" && name != "address") {
        return fail_at(node, "unknown key \"peers." + name + "\"");
      }
      auto text = value_text(node, ValueKind::kText);
      if (!text) return fail_at(node, "peers." + name + ": " + text.error().message);
      (name == "address" ? peer.address : peer.organisation) = *text;
    }
    if (peer.organisation.empty()) return fail_at(table, "peers: organisation is missing");
    if (auto status = check_address(peer.address, false); !status) {
      return fail_at(table, "peers.address: " + status.error().message);
    }
    if (!names_.insert(peer.organisation).second) {
      return fail_at(table, "peers: " + peer.organisation + " is listed twice");
    }
    config_.peers.push_back(std::move(peer));
    return {};
  }

  std::string name_;
  std::string directory_;
  NodeConfig& config_;
  std::set<std::string> names_;
};

Status apply_defaults(NodeConfig& config) {
  for (const ConfigKey& key : config_keys()) {
    if (key.required) continue;
    GALEN_TRY_STATUS(set_value(config, key, key.fallback, {"default", key.name}));
  }
  return {};
}

Status apply_environment(NodeConfig& config, const Environment& environment) {
  std::set<std::string> known;
  for (const ConfigKey& key : config_keys()) {
    const std::string name = environment_name(key.name);
    known.insert(name);
    const auto found = environment.find(name);
    if (found == environment.end()) continue;
    GALEN_TRY_STATUS(
        set_value(config, key, found->second, {"environment", "environment variable " + name}));
  }
  for (const auto section : kSections) {
    const std::string prefix = environment_name(section) + "_";
    for (auto it = environment.lower_bound(prefix);
         it != environment.end() && it->first.compare(0, prefix.size(), prefix) == 0;
         ++it) {
      if (known.count(it->first) == 0) {
        return fail(ErrorCode::kConfig, "environment variable " + it->first + ": no such key");
      }
    }
  }
  return {};
}

Status apply_flags(NodeConfig& config, const ConfigFlags& flags) {
  for (const auto& [name, text] : flags) {
    const ConfigKey* key = find_config_key(name);
    if (key == nullptr) return fail(ErrorCode::kConfig, "--set " + name + ": no such key");
    GALEN_TRY_STATUS(set_value(config, *key, text, {"flag", "--set " + name}));
  }
  return {};
}

Status check_complete(const NodeConfig& config, const std::string& name) {
  for (const ConfigKey& key : config_keys()) {
    if (key.required && config.sources.count(key.name) == 0) {
      return fail(ErrorCode::kConfig, name + ": key \"" + key.name + "\" is missing");
    }
  }
  return {};
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

Result<NodeConfig> parse_config(const std::string& text,
                                const std::string& name,
                                const std::string& directory,
                                const Environment& environment,
                                const ConfigFlags& flags) {
  NodeConfig config;
  GALEN_TRY_STATUS(apply_defaults(config));
  try {
    const toml::table root = toml::parse(text);
    GALEN_TRY_STATUS(FileReader(name, directory, config).read(root));
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kConfig,
                name + ":" + std::to_string(error.source().begin.line) + ": " +
                    std::string(error.description()));
  }
  GALEN_TRY_STATUS(apply_environment(config, environment));
  GALEN_TRY_STATUS(apply_flags(config, flags));
  GALEN_TRY_STATUS(check_complete(config, name));
  if (config.journal.empty()) config.journal = resolve(config.data_dir, "votes");
  return config;
}

Result<NodeConfig> load_config(const std::string& path,
                               const Environment& environment,
                               const ConfigFlags& flags) {
  GALEN_TRY(const std::string text, storage::read_text_file(path));
  const std::string directory = std::filesystem::path(path).parent_path().string();
  return parse_config(text, path, directory, environment, flags);
}

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t split = text.find('=');
    if (split == std::string_view::npos) continue;
    environment.emplace(text.substr(0, split), text.substr(split + 1));
  }
  return environment;
}

std::string print_config(const NodeConfig& config) {
  std::string out;
  std::string section;
  for (const ConfigKey& key : config_keys()) {
    const std::size_t dot = key.name.find('.');
    if (key.name.substr(0, dot) != section) {
      section = key.name.substr(0, dot);
      out += (out.empty() ? "[" : "\n[") + section + "]\n";
    }
    const bool bare = key.kind == ValueKind::kNumber || key.kind == ValueKind::kFlag;
    const std::string value = key.get(config);
    const auto source = config.sources.find(key.name);
    out += key.name.substr(dot + 1) + " = " + (bare ? value : quoted(value)) + "  # " +
           (source == config.sources.end() ? "default" : source->second) + "\n";
  }
  for (const PeerAddress& peer : config.peers) {
    out += "\n[[peers]]\norganisation = " + quoted(peer.organisation) +
           "\naddress = " + quoted(peer.address) + "\n";
  }
  return out;
}

}  // namespace galen::node
