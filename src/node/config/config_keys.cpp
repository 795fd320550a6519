#include "node/config/config_keys.h"

#include "node/config/config_values.h"

#include <algorithm>
#include <thread>

namespace galen::node {
namespace {

ConfigKey path_key(std::string name, std::string NodeConfig::*field, bool required = true) {
  ConfigKey key;
  key.name = std::move(name);
  key.kind = ValueKind::kPath;
  key.required = required;
  key.set = [field, required](NodeConfig& config, const std::string& text) -> Status {
    if (required && text.empty()) return fail(ErrorCode::kConfig, "must not be empty");
    config.*field = text;
    return {};
  };
  key.get = [field](const NodeConfig& config) { return config.*field; };
  return key;
}

ConfigKey listen_key() {
  ConfigKey key;
  key.name = "node.listen";
  key.required = true;
  key.set = [](NodeConfig& config, const std::string& text) -> Status {
    GALEN_TRY_STATUS(check_address(text, true));
    config.listen = text;
    return {};
  };
  key.get = [](const NodeConfig& config) { return config.listen; };
  return key;
}

ConfigKey choice_key(std::string name,
                     std::string fallback,
                     std::string NodeConfig::*field,
                     std::vector<std::string> choices) {
  ConfigKey key;
  key.name = std::move(name);
  key.fallback = std::move(fallback);
  key.set = [field, choices](NodeConfig& config, const std::string& text) -> Status {
    if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
      std::string list;
      for (const auto& choice : choices) list += (list.empty() ? "" : ", ") + choice;
      return fail(ErrorCode::kConfig, "\"" + text + "\" is not one of: " + list);
    }
    config.*field = text;
    return {};
  };
  key.get = [field](const NodeConfig& config) { return config.*field; };
  return key;
}

ConfigKey count_key(std::string name,
                    std::uint32_t fallback,
                    std::uint32_t NodeConfig::*field,
                    std::uint32_t most) {
  ConfigKey key;
  key.name = std::move(name);
  key.kind = ValueKind::kNumber;
  key.fallback = std::to_string(fallback);
  key.set = [field, most](NodeConfig& config, const std::string& text) -> Status {
    GALEN_TRY(const std::uint64_t count, parse_count(text, 1, most));
    config.*field = static_cast<std::uint32_t>(count);
    return {};
  };
  key.get = [field](const NodeConfig& config) { return std::to_string(config.*field); };
  return key;
}

ConfigKey size_key(std::string name,
                   std::string fallback,
                   std::uint64_t NodeConfig::*field,
                   std::uint64_t least) {
  ConfigKey key;
  key.name = std::move(name);
  key.fallback = std::move(fallback);
  key.set = [field, least](NodeConfig& config, const std::string& text) -> Status {
    GALEN_TRY(config.*field, parse_size_bytes(text));
    if (config.*field < least) {
      return fail(ErrorCode::kConfig, "\"" + text + "\" is below " + size_text(least));
    }
    return {};
  };
  key.get = [field](const NodeConfig& config) { return size_text(config.*field); };
  return key;
}

ConfigKey grace_key() {
  ConfigKey key;
  key.name = "limits.shutdown_grace";
  key.fallback = "10s";
  key.set = [](NodeConfig& config, const std::string& text) -> Status {
    GALEN_TRY(config.shutdown_grace, parse_duration(text));
    return {};
  };
  key.get = [](const NodeConfig& config) { return duration_text(config.shutdown_grace); };
  return key;
}

ConfigKey reflection_key() {
  ConfigKey key;
  key.name = "rpc.reflection";
  key.kind = ValueKind::kFlag;
  key.fallback = "false";
  key.set = [](NodeConfig& config, const std::string& text) -> Status {
    if (text != "true" && text != "false") {
      return fail(ErrorCode::kConfig, "\"" + text + "\" is not true or false");
    }
    config.reflection = text == "true";
    return {};
  };
  key.get = [](const NodeConfig& config) {
    return std::string(config.reflection ? "true" : "false");
  };
  return key;
}

ConfigKey metrics_key() {
  ConfigKey key;
  key.name = "metrics.listen";
  key.set = [](NodeConfig& config, const std::string& text) -> Status {
    if (!text.empty()) GALEN_TRY_STATUS(check_address(text, true));
    config.metrics_listen = text;
    return {};
  };
  key.get = [](const NodeConfig& config) { return config.metrics_listen; };
  return key;
}

std::uint32_t default_verify_threads() {
  return std::max(2U, std::min(64U, std::thread::hardware_concurrency())) - 1;
}

std::vector<ConfigKey> make_keys() {
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
  return {
      path_key("node.data_dir", &NodeConfig::data_dir),
      path_key("node.genesis", &NodeConfig::genesis),
      listen_key(),
      path_key("node.ca_bundle", &NodeConfig::ca_bundle),
      path_key("node.tls_certificate", &NodeConfig::tls_certificate),
      path_key("node.tls_key", &NodeConfig::tls_key),
      path_key("node.consensus_key", &NodeConfig::consensus_key),
      path_key("node.agreement_key", &NodeConfig::agreement_key),
      path_key("node.earlier_agreement_keys", &NodeConfig::earlier_agreement_keys, false),
      path_key("node.receipt_key", &NodeConfig::receipt_key),
      path_key("node.label_secrets", &NodeConfig::label_secrets, false),
      path_key("node.journal", &NodeConfig::journal, false),
      count_key("limits.verify_threads", default_verify_threads(), &NodeConfig::verify_threads, 64),
      size_key("limits.cache", "64MiB", &NodeConfig::cache_bytes, kMiB),
      size_key("limits.min_free_disk", "256MiB", &NodeConfig::min_free_disk_bytes, 0),
      count_key("limits.submissions_per_caller", 4096, &NodeConfig::submissions_per_caller, 20'000),
      count_key("limits.connections", 4096, &NodeConfig::connections, 65'536),
      grace_key(),
      choice_key(
          "log.level", "info", &NodeConfig::log_level, {"trace", "debug", "info", "warn", "error"}),
      choice_key("log.format", "text", &NodeConfig::log_format, {"text", "json"}),
      path_key("log.file", &NodeConfig::log_file, false),
      reflection_key(),
      metrics_key()};
}

}  // namespace

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> keys = make_keys();
  return keys;
}

const ConfigKey* find_config_key(std::string_view name) {
  for (const ConfigKey& key : config_keys()) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

std::string environment_name(std::string_view key) {
  std::string name = "GALEN_";
  for (const char c : key) {
    const bool lower = c >= 'a' && c <= 'z';
    name += c == '.' ? '_' : (lower ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return name;
}

}  // namespace galen::node
