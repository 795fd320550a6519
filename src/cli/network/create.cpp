#include "base/limits.h"
#include "cli/network/config_files.h"
#include "cli/network/hospital_keys.h"
#include "cli/network/network.h"
#include "cli/network/report.h"
#include "ledger/label_tags.h"
#include "modules/policy/terminology.h"
#include "storage/journal/vote_journal.h"
#include "storage/keys/key_file.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace galen::cli {
namespace {

namespace fs = std::filesystem;
using network::FileLayout;
using network::HospitalCertificates;
using network::HospitalKeys;

TimeMs wall_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return TimeMs{static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count())};
}

bool is_wildcard(const std::string& host) {
  return host == "0.0.0.0" || host == "[::]";
}

const std::string& advertised(const NetworkCreateOptions& options) {
  return options.advertise_host.empty() ? options.listen_host : options.advertise_host;
}

/// A DNS name, an IPv4 address, or an IPv6 address in brackets.
Status check_host(const std::string& option, const std::string& host) {
  const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const std::string allowed = brackets ? "0123456789abcdefABCDEF:.[]"
                                       : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789-.";
  if (!host.empty() && host.find_first_not_of(allowed) == std::string::npos) return {};
  return fail(ErrorCode::kInvalidArgument,
              "network create: " + option + " \"" + host +
                  "\": must be a host name or an address without port, IPv6 in brackets");
}

Status check_hosts(const NetworkCreateOptions& options) {
  GALEN_TRY_STATUS(check_host("--listen-host", options.listen_host));
  if (is_wildcard(advertised(options))) {
    return fail(ErrorCode::kInvalidArgument,
                "network create: --advertise-host: nobody can dial " + advertised(options) +
                    "; name the host, e.g. hospital-{i}");
  }
  // Any hospital's number shows whether the pattern is good.
  GALEN_TRY_STATUS(check_host("--advertise-host", network::host_of(advertised(options), 1)));
  if (options.published_host.empty()) return {};
  return check_host("--published-host", network::host_of(options.published_host, 1));
}

/// "PURPOSE=DAYS", sorted by purpose.
Result<std::vector<ledger::PurposeLimit>> purpose_limits(const std::vector<std::string>& texts,
                                                         const ledger::Parameters& parameters) {
  constexpr std::uint64_t kDayMs = 24ULL * 60 * 60 * 1000;
  std::map<std::string, std::uint64_t> limits;
  for (const std::string& text : texts) {
    const auto bad = [&text](const std::string& what) {
      return fail(ErrorCode::kInvalidArgument,
                  "network create: --max-grant-days " + text + ": " + what);
    };
    const std::size_t sign = text.find('=');
    const std::string purpose = text.substr(0, sign);
    if (!policy::terminology(parameters.terminology_version).is_purpose(purpose)) {
      return bad("no purpose of use; PURPOSE=DAYS is expected");
    }
    const std::string digits = sign == std::string::npos ? "" : text.substr(sign + 1);
    std::uint64_t days = 0;
    const auto* end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, days);
    const std::uint64_t most = parameters.max_grant_ms / kDayMs;
    if (parsed.ec != std::errc() || parsed.ptr != end || days < 1 || days > most) {
      return bad("days must be from 1 to " + std::to_string(most));
    }
    if (!limits.emplace(purpose, days * kDayMs).second) return bad("the purpose is there twice");
  }
  std::vector<ledger::PurposeLimit> sorted;
  for (const auto& [purpose, most] : limits) sorted.push_back({purpose, most});
  return sorted;
}

Status check_options(const NetworkCreateOptions& options) {
  const int least = static_cast<int>(limits::kMinValidators);
  const int most = static_cast<int>(limits::kMaxValidators);
  if (options.directory.empty())
    return fail(ErrorCode::kInvalidArgument, "network create: --dir is missing");
  if (options.hospitals < least || options.hospitals > most) {
    return fail(ErrorCode::kInvalidArgument,
                "network create: --hospitals " + std::to_string(options.hospitals) +
                    ": must be from " + std::to_string(least) + " to " + std::to_string(most) +
                    "; fewer than 4 validators cannot outvote a faulty one");
  }
  if (options.base_port < 1 || options.base_port + options.hospitals > 65535) {
    return fail(ErrorCode::kInvalidArgument,
                "network create: --base-port " + std::to_string(options.base_port) +
                    ": ports base+1 to base+hospitals must be from 2 to 65535");
  }
  constexpr int kDaySeconds = 24 * 60 * 60;
  if (options.rotation_seconds < 0 || options.rotation_seconds > kDaySeconds) {
    return fail(ErrorCode::kInvalidArgument,
                "network create: --rotation " + std::to_string(options.rotation_seconds) +
                    ": must be from 0 (never) to 86400 seconds");
  }
  constexpr int kMostRetentionDays = 36'600;
  if (options.audit_retention_days < 0 || options.audit_retention_days > kMostRetentionDays) {
    return fail(ErrorCode::kInvalidArgument,
                "network create: --audit-retention-days " +
                    std::to_string(options.audit_retention_days) +
                    ": must be from 0 (for tests) to " + std::to_string(kMostRetentionDays));
  }
  GALEN_TRY_STATUS(purpose_limits(options.max_grant_days, ledger::default_parameters()));
  return check_hosts(options);
}

/// The directory may be absent or empty.
Status check_target(const std::string& directory) {
  std::error_code error;
  const auto status = fs::symlink_status(directory, error);
  if (!fs::exists(status)) return {};
  if (!fs::is_directory(status)) {
    return fail(ErrorCode::kAlreadyExists,
                "network create: " + directory + ": is not a directory; choose another --dir");
  }
  const bool empty = fs::is_empty(directory, error);
  if (error) return fail(ErrorCode::kIo, "network create: " + directory + ": " + error.message());
  if (!empty) {
    return fail(ErrorCode::kAlreadyExists,
                "network create: " + directory + ": is not empty; choose another --dir");
  }
  return {};
}

Result<ledger::Genesis> make_genesis(const std::vector<HospitalKeys>& hospitals,
                                     const NetworkCreateOptions& options,
                                     TimeMs now) {
  ledger::Genesis genesis;
  genesis.name = options.name;
  genesis.time = now;
  genesis.parameters = ledger::default_parameters();
  genesis.parameters.rotation_period_ms =
      static_cast<std::uint64_t>(options.rotation_seconds) * 1000;
  genesis.parameters.min_audit_retention_ms =
      static_cast<std::uint64_t>(options.audit_retention_days) * 24 * 60 * 60 * 1000;
  GALEN_TRY(genesis.parameters.purpose_limits,
            purpose_limits(options.max_grant_days, genesis.parameters));
  for (const HospitalKeys& keys : hospitals) {
    genesis.organisations.push_back(keys.organisation());
    genesis.validators.push_back(keys.validator());
  }
  std::sort(genesis.organisations.begin(),
            genesis.organisations.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  GALEN_TRY_STATUS(ledger::validate(genesis));
  return genesis;
}

Status write_keys(const std::string& directory, const HospitalKeys& keys) {
  GALEN_TRY_STATUS(storage::create_private_directory(directory));
  const std::pair<const char*, const crypto::PrivateKey*> files[] = {
      {"authority.pem", &keys.authority},
      {"gateway-signing.pem", &keys.signing},
      {"agreement.pem", &keys.agreement},
      {"client-tls.pem", &keys.client_tls},
      {"node-tls.pem", &keys.node_tls},
      {"consensus.pem", &keys.consensus},
      {"receipt.pem", &keys.receipt},
  };
  for (const auto& [file, key] : files) {
    GALEN_TRY_STATUS(storage::write_private_file(directory + "/" + file, key->to_pem()));
  }
  return storage::write_private_file(directory + "/labels.secret",
                                     ledger::LabelSecrets::file_text(keys.label_secret));
}

Status write_hospital(const std::string& directory,
                      const HospitalKeys& keys,
                      const HospitalCertificates& certificates,
                      const FileLayout& layout,
                      const std::string& published_host) {
  using storage::create_private_directory;
  using storage::write_public_file;
  GALEN_TRY_STATUS(create_private_directory(directory));
  GALEN_TRY_STATUS(write_keys(directory + "/keys", keys));
  GALEN_TRY_STATUS(write_public_file(directory + "/ca.crt", certificates.authority_pem));
  GALEN_TRY_STATUS(write_public_file(directory + "/node.crt", certificates.node_pem));
  GALEN_TRY_STATUS(write_public_file(directory + "/client.crt", certificates.client_pem));
  GALEN_TRY_STATUS(write_public_file(directory + "/galend.toml", node_config_text(layout)));
  GALEN_TRY_STATUS(write_public_file(directory + "/client.toml",
                                     client_profile_text(layout, layout.advertise_host)));
  if (!published_host.empty()) {
    GALEN_TRY_STATUS(write_public_file(directory + "/client-published.toml",
                                       client_profile_text(layout, published_host)));
  }
  GALEN_TRY_STATUS(create_private_directory(directory + "/people"));
  return {};
}

Status write_network(const std::string& directory,
                     const NetworkCreateOptions& options,
                     const std::vector<HospitalKeys>& hospitals) {
  const TimeMs now = wall_clock();
  GALEN_TRY(const ledger::Genesis genesis, make_genesis(hospitals, options, now));
  GALEN_TRY_STATUS(storage::create_private_directory(directory));
  GALEN_TRY_STATUS(
      storage::write_public_file(directory + "/genesis.json", ledger::to_json(genesis)));
  const ChainId chain = ledger::chain_id(genesis);
  std::string bundle;
  for (int i = 1; i <= options.hospitals; ++i) {
    const HospitalKeys& keys = hospitals[static_cast<std::size_t>(i - 1)];
    const FileLayout layout{
        i, options.hospitals, options.base_port, options.listen_host, advertised(options)};
    GALEN_TRY(const HospitalCertificates certificates,
              issue_certificates(keys, network::host_of(layout.advertise_host, i), now));
    bundle += certificates.authority_pem;
    const std::string place = directory + "/" + keys.name;
    GALEN_TRY_STATUS(write_hospital(place, keys, certificates, layout, options.published_host));
    // Only here, with the key: a journal made later could not know what the key has signed.
    GALEN_TRY_STATUS(storage::VoteJournal::create(
        place + "/votes", chain, ValidatorIndex{static_cast<std::uint16_t>(i - 1)}));
  }
  return storage::write_public_file(directory + "/ca-bundle.pem", bundle);
}

/// Writes beside the target and renames: a target that exists is complete.
Status create(const NetworkCreateOptions& options) {
  GALEN_TRY_STATUS(check_options(options));
  fs::path target = fs::path(options.directory).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  GALEN_TRY_STATUS(check_target(target.string()));
  std::vector<HospitalKeys> hospitals(static_cast<std::size_t>(options.hospitals));
  for (int i = 1; i <= options.hospitals; ++i) {
    hospitals[static_cast<std::size_t>(i - 1)].name = network::hospital_name(i);
  }
  const std::string draft = target.string() + ".new-" + std::to_string(::getpid());
  auto status = write_network(draft, options, hospitals);
  std::error_code error;
  if (status) {
    fs::rename(draft, target, error);
    if (!error) return {};
    status = fail(ErrorCode::kIo, target.string() + ": cannot be created: " + error.message());
  }
  fs::remove_all(draft, error);
  return fail_in("network create", status.error());
}

}  // namespace

int network_create(const NetworkCreateOptions& options) {
  if (const auto status = create(options); !status) return network::report(status.error());
  if (options.json) {
    const nlohmann::ordered_json answer{{"directory", options.directory},
                                        {"hospitals", options.hospitals}};
    std::puts(answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    return network::kExitOk;
  }
  std::printf(
      "Created a consortium of %d hospitals in %s\n"
      "  start:  galen network start --dir %s\n"
      "  use:    galen --profile %s/hospital-1/client.toml status\n",
      options.hospitals,
      options.directory.c_str(),
      options.directory.c_str(),
      options.directory.c_str());
  return network::kExitOk;
}

}  // namespace galen::cli
