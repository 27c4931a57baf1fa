//! Templates: kept by a consent, protected by the purpose's transform, sealed.
