#include "client/profile.h"

#include "client/key_file.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <optional>
#include <set>
#include <toml++/toml.h>

namespace galen::client {

namespace {

std::string at(const std::string& path, const toml::node& node) {
  return path + ":" + std::to_string(node.source().begin.line);
}

/// Reads the string values of one table and remembers what else stands there.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string path, std::string name)
      : table_(table), path_(std::move(path)), name_(std::move(name)) {}

  Status text(std::string_view key, std::string& into) {
    known_.insert(std::string(key));
    const toml::node* node = table_.get(key);
    if (node == nullptr) {
      return fail(ErrorCode::kConfig,
                  path_ + ": key '" + std::string(key) + "' is missing in " + name_);
    }
    const auto value = node->value_exact<std::string>();
    if (!value || value->empty()) {
      return fail(ErrorCode::kConfig,
                  at(path_, *node) + ": key '" + std::string(key) + "' needs a text");
    }
    into = *value;
    return {};
  }

  /// As text(), empty when the key is not there.
  Status optional_text(std::string_view key, std::string& into) {
    known_.insert(std::string(key));
    return table_.contains(key) ? text(key, into) : Status{};
  }

  /// A list of texts, empty when the key is not there.
  Status texts(std::string_view key, std::vector<std::string>& into) {
    known_.insert(std::string(key));
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    const toml::array* list = node->as_array();
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      const auto value = (*list)[i].value_exact<std::string>();
      if (!value || value->empty()) list = nullptr;
      if (list != nullptr) into.push_back(*value);
    }
    if (list != nullptr) return {};
    return fail(ErrorCode::kConfig,
                at(path_, *node) + ": key '" + std::string(key) + "' needs a list of texts");
  }

  [[nodiscard]] Status nothing_else() const {
    for (const auto& [key, node] : table_) {
      const std::string text(key.str());
      if (!known_.contains(text)) {
        return fail(ErrorCode::kConfig,
                    at(path_, node) + ": unknown key '" + text + "' in " + name_);
      }
    }
    return {};
  }

 private:
  const toml::table& table_;
  std::string path_;
  std::string name_;
  std::set<std::string> known_;
};

std::string beside(const std::string& profile, const std::string& path) {
  const std::filesystem::path relative(path);
  if (relative.is_absolute()) return path;
  return (std::filesystem::path(profile).parent_path() / relative).lexically_normal().string();
}

Status read_main(const toml::table& table, Profile& profile) {
  TableReader reader(table, profile.path, "[profile]");
  GALEN_TRY_STATUS(reader.text("organisation", profile.organisation));
  for (auto [key, field] : {std::pair{"genesis", &profile.genesis},
                            std::pair{"ca_bundle", &profile.ca_bundle},
                            std::pair{"certificate", &profile.certificate},
                            std::pair{"key", &profile.key},
                            std::pair{"signing_key", &profile.signing_key},
                            std::pair{"people", &profile.people}}) {
    GALEN_TRY_STATUS(reader.text(key, *field));
    *field = beside(profile.path, *field);
  }
  GALEN_TRY_STATUS(reader.optional_text("label_secrets", profile.label_secrets));
  if (!profile.label_secrets.empty()) {
    profile.label_secrets = beside(profile.path, profile.label_secrets);
  }
  GALEN_TRY_STATUS(reader.texts("labels", profile.labels));
  return reader.nothing_else();
}

Status read_endpoints(const toml::array& list, Profile& profile) {
  for (const auto& node : list) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      return fail(ErrorCode::kConfig, at(profile.path, node) + ": an endpoint is a table");
    }
    TableReader reader(*table, profile.path, "[[endpoints]]");
    ProfileEndpoint endpoint;
    GALEN_TRY_STATUS(reader.text("organisation", endpoint.organisation));
    GALEN_TRY_STATUS(reader.text("address", endpoint.address));
    GALEN_TRY_STATUS(reader.nothing_else());
    if (endpoint.address.find(':') == std::string::npos) {
      return fail(ErrorCode::kConfig, at(profile.path, node) + ": address needs host:port");
    }
    profile.endpoints.push_back(std::move(endpoint));
  }
  if (profile.endpoints.empty()) {
    return fail(ErrorCode::kConfig, profile.path + ": needs at least one [[endpoints]]");
  }
  std::stable_partition(
      profile.endpoints.begin(), profile.endpoints.end(), [&](const ProfileEndpoint& endpoint) {
        return endpoint.organisation == profile.organisation;
      });
  return {};
}

Result<Profile> from_table(const toml::table& root, const std::string& path) {
  Profile profile;
  profile.path = path;
  for (const auto& [key, node] : root) {
    if (key.str() != "profile" && key.str() != "endpoints") {
      return fail(ErrorCode::kConfig,
                  at(path, node) + ": unknown key '" + std::string(key.str()) + "'");
    }
  }
  const toml::table* main = root["profile"].as_table();
  if (main == nullptr) return fail(ErrorCode::kConfig, path + ": [profile] is missing");
  GALEN_TRY_STATUS(read_main(*main, profile));
  const toml::array* endpoints = root["endpoints"].as_array();
  if (endpoints == nullptr) return fail(ErrorCode::kConfig, path + ": [[endpoints]] is missing");
  GALEN_TRY_STATUS(read_endpoints(*endpoints, profile));
  return profile;
}

}  // namespace

Result<Profile> parse_profile(std::string_view text, const std::string& path) {
  try {
    return from_table(toml::parse(text, path), path);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kConfig,
                path + ":" + std::to_string(error.source().begin.line) + ": " +
                    std::string(error.description()));
  } catch (const std::exception& error) {
    return fail(ErrorCode::kConfig, path + ": " + error.what());
  }
}

Result<Profile> load_profile(const std::string& path) {
  GALEN_TRY(const std::string text, read_text_file(path, kMaxConfigBytes));
  return parse_profile(text, path);
}

}  // namespace galen::client
