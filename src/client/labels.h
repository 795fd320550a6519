// Labels of a patient as people name them and as the ledger has them: tags under the label key of
// the patient (PRIVACY.md 35, docs/consent.md "Labels"). Thread rule: one thread.
#pragma once

#include "galen/types.h"
#include "ledger/label_tags.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace galen::client {

class Session;

/// As they stand in records, grants and proxies.
struct WrittenLabels {
  std::vector<std::string> labels;      ///< ascending, each once
  std::optional<std::uint32_t> key_id;  ///< set when they are tags
};

/// What a profile can do with labels: its organisation's secrets, keys of others' patients that
/// were given to it, and the names it knows.
class LabelBook {
 public:
  LabelBook() = default;
  LabelBook(const ChainId& chain, ledger::LabelSecrets secrets, std::vector<std::string> names);

  [[nodiscard]] bool has_secrets() const { return !secrets_.empty(); }

  [[nodiscard]] bool knows(const std::string& name) const;

  /// The key under which this organisation writes labels of its patient. REQUIRES: has_secrets(),
  /// and that the patient is of this organisation.
  [[nodiscard]] ledger::LabelKey present(const PatientId& patient) const {
    return secrets_.present(chain_, patient);
  }

  /// A key that came from a file. kConfig when it is none, or another patient's.
  [[nodiscard]] Result<ledger::LabelKey> read_key(const std::string& path,
                                                  const PatientId& patient);

  /// Whether the name is among the labels; nullopt for tags of a key that is not here.
  [[nodiscard]] std::optional<bool> has(const PatientId& patient,
                                        const WrittenLabels& labels,
                                        const std::string& name) const;

  /// The label behind a tag; nullopt when no key here made it, or no known label has it.
  [[nodiscard]] std::optional<std::string> name(const PatientId& patient,
                                                std::uint32_t key_id,
                                                const std::string& tag);

  /// Names where they are known, else the tags; labels in clear as they are. Ascending.
  [[nodiscard]] std::vector<std::string> read(const PatientId& patient,
                                              const std::vector<std::string>& labels,
                                              const std::optional<std::uint32_t>& key_id);

  /// All names; nullopt when one is not known.
  [[nodiscard]] std::optional<std::vector<std::string>> names(const PatientId& patient,
                                                              const WrittenLabels& labels);

 private:
  using Place = std::pair<PatientId, std::uint32_t>;

  [[nodiscard]] std::optional<ledger::LabelKey> find(const PatientId& patient,
                                                     std::uint32_t key_id) const;

  ChainId chain_;
  ledger::LabelSecrets secrets_;
  std::vector<std::string> names_;            ///< ascending
  std::map<Place, ledger::LabelKey> others_;  ///< from files
  std::optional<Place> place_;                ///< what `tags_` is of
  std::map<std::string, std::string> tags_;
};

/// What labels are written for: a record has those it is given; a grant, denial or exclusion means
/// those below them in v3-ActCode as well.
enum class LabelUse : std::uint8_t { kRecord, kScope };

/// Labels for the ledger. kInvalidArgument for what is no label or no label that the book knows,
/// and when they are to be tags and there is no key for this patient; kConfig for the key file.
[[nodiscard]] Result<WrittenLabels> write_labels(Session& session,
                                                 const PatientId& patient,
                                                 std::vector<std::string> labels,
                                                 LabelUse use,
                                                 const LabelOptions& options);

/// kInvalidArgument for what is no label, or none that the book knows: nothing has it.
[[nodiscard]] Status check_labels(const LabelBook& book, const std::vector<std::string>& labels);

/// Writes the patient's label key into a new file of mode 0600. kNotFound when he is not of this
/// organisation.
[[nodiscard]] Status export_label_key(Session& session,
                                      const PatientId& patient,
                                      const std::string& file);

}  // namespace galen::client
