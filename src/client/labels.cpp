#include "client/labels.h"

#include "client/identity.h"
#include "client/key_file.h"
#include "client/session.h"
#include "client/text_forms.h"

#include <algorithm>

namespace galen::client {
namespace {

Result<ledger::LabelKey> read_label_key(const std::string& path, const PatientId& patient) {
  GALEN_TRY(const std::string text, read_secret_file(path));
  auto key = ledger::LabelKey::parse(text);
  if (!key) return fail(ErrorCode::kConfig, path + ": " + key.error().message);
  if (key->patient == patient) return key;
  return fail(ErrorCode::kConfig, path + ": the label key of another patient");
}

/// A key made from another hospital's secret would give tags that no record of the patient has.
Result<ledger::LabelKey> own_label_key(Session& session, const PatientId& patient) {
  const auto account = load_account(session, id_cast<AccountId>(patient));
  if (account) return session.labels().key(patient);
  if (account.error().code != ErrorCode::kNotFound) return tl::unexpected(account.error());
  return fail(ErrorCode::kNotFound,
              "no such patient of this hospital: his label key comes from his custodian");
}

Result<ledger::LabelKey> find_label_key(Session& session,
                                        const PatientId& patient,
                                        const LabelOptions& options) {
  if (!options.key_file.empty()) return read_label_key(options.key_file, patient);
  static const std::string kWays =
      "; give his key with --label-key, or let every member read the labels with --clear-labels";
  if (!session.labels().has_secrets()) {
    return fail(ErrorCode::kInvalidArgument,
                "labels: the profile has no label_secrets to make the patient's tags" + kWays);
  }
  auto key = own_label_key(session, patient);
  if (key || key.error().code != ErrorCode::kNotFound) return key;
  return fail(ErrorCode::kInvalidArgument, "labels: " + key.error().message + kWays);
}

}  // namespace

std::optional<std::string> LabelBook::name(const PatientId& patient,
                                           std::uint32_t key_id,
                                           const std::string& tag) {
  if (place_ != Place{patient, key_id}) {
    place_ = Place{patient, key_id};
    tags_.clear();
    if (const auto key = secrets_.find(chain_, patient, key_id)) {
      for (const std::string& name : names_) tags_.emplace(key->tag(name), name);
    }
  }
  const auto found = tags_.find(tag);
  return found == tags_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> LabelBook::read(const PatientId& patient,
                                         const std::vector<std::string>& labels,
                                         const std::optional<std::uint32_t>& key_id) {
  if (!key_id) return labels;
  std::vector<std::string> names;
  for (const std::string& tag : labels) names.push_back(name(patient, *key_id, tag).value_or(tag));
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::vector<std::string>> LabelBook::names(const PatientId& patient,
                                                         const WrittenLabels& labels) {
  if (!labels.key_id) return labels.labels;
  std::vector<std::string> names;
  for (const std::string& tag : labels.labels) {
    auto known = name(patient, *labels.key_id, tag);
    if (!known) return std::nullopt;
    names.push_back(*std::move(known));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<WrittenLabels> write_labels(Session& session,
                                   const PatientId& patient,
                                   std::vector<std::string> labels,
                                   const LabelOptions& options) {
  sort_unique(labels);
  if (labels.empty() || options.clear) return WrittenLabels{std::move(labels), std::nullopt};
  GALEN_TRY(const ledger::LabelKey key, find_label_key(session, patient, options));
  WrittenLabels written{{}, key.id};
  for (const std::string& label : labels) written.labels.push_back(key.tag(label));
  sort_unique(written.labels);
  return written;
}

Status export_label_key(Session& session, const PatientId& patient, const std::string& file) {
  if (!session.labels().has_secrets()) {
    return fail(ErrorCode::kConfig, "the profile has no label_secrets");
  }
  GALEN_TRY(const ledger::LabelKey key, own_label_key(session, patient));
  return create_output_file(file, key.file_text());
}

}  // namespace galen::client
