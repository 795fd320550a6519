#include "client/labels.h"

#include "base/limits.h"
#include "client/identity.h"
#include "client/key_file.h"
#include "client/session.h"
#include "client/text_forms.h"
#include "fhir/vocabulary.h"
#include "ledger/fields.h"

#include <algorithm>

namespace galen::client {
namespace {

std::vector<std::string> with_those_below(const std::vector<std::string>& labels) {
  std::vector<std::string> all = labels;
  for (const std::string& label : labels) {
    const auto below = fhir::sensitivities_of(std::string_view(label));
    all.insert(all.end(), below.begin(), below.end());
  }
  sort_unique(all);
  return all;
}

/// A key made from another hospital's secret would give tags that no record of the patient has.
Result<ledger::LabelKey> own_label_key(Session& session, const PatientId& patient) {
  const auto account = load_account(session, id_cast<AccountId>(patient));
  if (account) return session.labels().present(patient);
  if (account.error().code != ErrorCode::kNotFound) return tl::unexpected(account.error());
  return fail(ErrorCode::kNotFound, "no such patient of this hospital");
}

Result<ledger::LabelKey> find_label_key(Session& session,
                                        const PatientId& patient,
                                        const LabelOptions& options) {
  if (!options.key_file.empty()) return session.labels().read_key(options.key_file, patient);
  if (!session.labels().has_secrets()) {
    return fail(ErrorCode::kInvalidArgument,
                "labels: the profile has no label_secrets to make the patient's tags; his hospital "
                "configures them, others ask it for his --label-key");
  }
  auto key = own_label_key(session, patient);
  if (key || key.error().code != ErrorCode::kNotFound) return key;
  return fail(ErrorCode::kInvalidArgument,
              "labels: " + key.error().message +
                  ": ask his custodian for his --label-key (galen label export-key)");
}

}  // namespace

/// A word with a typing error would become a tag like any other: nobody would see that it protects
/// nothing.
Status check_labels(const LabelBook& book, const std::vector<std::string>& labels) {
  for (const std::string& label : labels) {
    if (!ledger::fields::is_code(label, limits::kMaxLabelBytes)) {
      return fail(ErrorCode::kInvalidArgument, "labels: '" + label + "' is no label");
    }
    if (book.knows(label)) continue;
    return fail(ErrorCode::kInvalidArgument,
                "labels: '" + label +
                    "' is no code of v3-ActCode; name a label of your own in `labels` of the "
                    "profile");
  }
  return {};
}

LabelBook::LabelBook(const ChainId& chain,
                     ledger::LabelSecrets secrets,
                     std::vector<std::string> names)
    : chain_(chain), secrets_(std::move(secrets)), names_(std::move(names)) {
  sort_unique(names_);
}

bool LabelBook::knows(const std::string& name) const {
  return std::binary_search(names_.begin(), names_.end(), name);
}

Result<ledger::LabelKey> LabelBook::read_key(const std::string& path, const PatientId& patient) {
  GALEN_TRY(const std::string text, read_secret_file(path));
  auto key = ledger::LabelKey::parse(text, chain_);
  if (!key) return fail(ErrorCode::kConfig, path + ": " + key.error().message);
  if (key->patient != patient) {
    return fail(ErrorCode::kConfig, path + ": the label key of another patient");
  }
  // The check finds digits that are wrong, not a key that somebody made up: denials under it would
  // deny nobody.
  const auto own = secrets_.find(chain_, patient, key->id);
  if (own && *own != *key) {
    return fail(ErrorCode::kConfig, path + ": not the key that the profile's secret makes");
  }
  others_.insert_or_assign(Place{patient, key->id}, *key);
  place_.reset();
  return key;
}

std::optional<ledger::LabelKey> LabelBook::find(const PatientId& patient,
                                                std::uint32_t key_id) const {
  if (auto own = secrets_.find(chain_, patient, key_id)) return own;
  const auto other = others_.find(Place{patient, key_id});
  return other == others_.end() ? std::nullopt : std::optional(other->second);
}

std::optional<std::string> LabelBook::name(const PatientId& patient,
                                           std::uint32_t key_id,
                                           const std::string& tag) {
  if (place_ != Place{patient, key_id}) {
    place_ = Place{patient, key_id};
    tags_.clear();
    if (const auto key = find(patient, key_id)) {
      for (const std::string& name : names_) tags_.emplace(key->tag(name), name);
    }
  }
  const auto found = tags_.find(tag);
  return found == tags_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<bool> LabelBook::has(const PatientId& patient,
                                   const WrittenLabels& labels,
                                   const std::string& name) const {
  std::string written = name;
  if (labels.key_id && !labels.labels.empty()) {
    const auto key = find(patient, *labels.key_id);
    if (!key) return std::nullopt;
    written = key->tag(name);
  }
  return std::binary_search(labels.labels.begin(), labels.labels.end(), written);
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
                                   LabelUse use,
                                   const LabelOptions& options) {
  sort_unique(labels);
  GALEN_TRY_STATUS(check_labels(session.labels(), labels));
  std::optional<ledger::LabelKey> key;
  if (!options.key_file.empty() || (!labels.empty() && !options.clear)) {
    GALEN_TRY(key, find_label_key(session, patient, options));
  }
  if (use == LabelUse::kScope) labels = with_those_below(labels);
  if (labels.empty() || options.clear) return WrittenLabels{std::move(labels), std::nullopt};
  WrittenLabels written{{}, key->id};
  for (const std::string& label : labels) written.labels.push_back(key->tag(label));
  sort_unique(written.labels);
  return written;
}

Status export_label_key(Session& session, const PatientId& patient, const std::string& file) {
  if (!session.labels().has_secrets()) {
    return fail(ErrorCode::kConfig, "the profile has no label_secrets");
  }
  GALEN_TRY(const ledger::LabelKey key, own_label_key(session, patient));
  return create_output_file(file, key.file_text(session.chain()));
}

}  // namespace galen::client
